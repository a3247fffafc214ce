// s3rver on a free port, over the folder that is named: run by node, for it uses a cipher that Bun does not know.
import S3rver from "s3rver";

const server = new S3rver({
  port: 0,
  address: "127.0.0.1",
  silent: true,
  directory: process.argv[2],
  configureBuckets: [{ name: "bucket", configs: [] }],
});
const { port } = await server.run();
console.log(port);
