// Whatever a route or a layer throws leaves as a problem; what was our own trouble goes to the log.
import { problemAnswer } from "#server/answers/problem.ts";
import type { Layer } from "./visit.ts";

export const toldAsProblems: Layer = async (visit, next) => {
  try {
    return await next();
  } catch (error) {
    const answer = problemAnswer(error, visit.requestId);
    if (answer.status >= 500) visit.trouble = error;
    return answer;
  }
};
