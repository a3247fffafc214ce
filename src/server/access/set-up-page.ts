// The one page of the first start: asks for a name and a password, and shows the key. It takes the token from behind the `#`, and
// nothing from anywhere else.

const SCRIPT = `
const form = document.querySelector("form"), out = document.querySelector("output");
const token = location.hash.slice(1);
history.replaceState(null, "", location.pathname);
form.addEventListener("submit", async (event) => {
  event.preventDefault();
  const { user, password } = Object.fromEntries(new FormData(form));
  const body = JSON.stringify({ token, user, ...(password ? { password } : {}) });
  const headers = { "Content-Type": "application/json" };
  const answer = await fetch(location.pathname, { method: "POST", headers, body });
  const said = await answer.json();
  if (answer.ok) form.remove();
  out.textContent = answer.ok ? "Your key, shown only now:\\n" + said.key : said.detail;
});`;

const PAGE = `<!doctype html><html lang="en"><meta charset="utf-8"><title>bsv: set up</title>
<meta name="viewport" content="width=device-width"><h1>bsv</h1>
<p>The first user of this server is its admin.</p>
<form><p><label>Name <input name="user" required autocomplete="username"></label>
<p><label>Password, for the dashboard (may be empty)
<input name="password" type="password" autocomplete="new-password"></label>
<p><button>Set up</button></form><pre><output></output></pre><script>${SCRIPT}</script></html>
`;

const SCRIPT_HASH = new Bun.CryptoHasher("sha256").update(SCRIPT).digest("base64");

export const setUpPage = (): Response =>
  new Response(PAGE, {
    headers: {
      "Content-Type": "text/html; charset=utf-8",
      "Content-Security-Policy": `default-src 'none'; script-src 'sha256-${SCRIPT_HASH}'; connect-src 'self'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'`,
    },
  });
