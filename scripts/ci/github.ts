import { marker } from "./comment.ts";

/** What every step of a workflow has in its environment, and the job's token. */
export interface Environment {
  GITHUB_API_URL: string;
  /** `owner/name` */
  GITHUB_REPOSITORY: string;
  GITHUB_TOKEN: string;
}

interface Comment {
  id: number;
  body: string;
  user: { type: string };
}

/** The calls of GitHub's REST API that the workflows make. Each throws when it is refused. */
export function github({ GITHUB_API_URL, GITHUB_REPOSITORY, GITHUB_TOKEN }: Environment) {
  const repository = `${GITHUB_API_URL}/repos/${GITHUB_REPOSITORY}`;

  async function request(method: string, url: string, body?: object, expected: number[] = []) {
    const response = await fetch(url, {
      method,
      headers: {
        accept: "application/vnd.github+json",
        authorization: `Bearer ${GITHUB_TOKEN}`,
        "x-github-api-version": "2022-11-28",
        ...(body && { "content-type": "application/json" }),
      },
      ...(body && { body: JSON.stringify(body) }),
    });
    if (!response.ok && !expected.includes(response.status)) {
      throw new Error(`${method} ${url} was answered ${response.status}: ${await response.text()}`);
    }
    return response;
  }

  async function findComment(pull: number): Promise<Comment | undefined> {
    let url: string | undefined = `${repository}/issues/${pull}/comments?per_page=100`;
    while (url) {
      const response = await request("GET", url);
      const comments = (await response.json()) as Comment[];
      // Anyone may write the marker; only the job's token makes it a bot's.
      const found = comments.find(({ body, user }) => user.type === "Bot" && body.startsWith(marker));
      if (found) return found;
      url = /<([^>]+)>; rel="next"/.exec(response.headers.get("link") ?? "")?.[1];
    }
    return undefined;
  }

  return {
    /** Replaces the text of the pull request's one comment, or writes the comment. */
    async comment(pull: number, body: string) {
      const found = await findComment(pull);
      if (found) await request("PATCH", `${repository}/issues/comments/${found.id}`, { body });
      else await request("POST", `${repository}/issues/${pull}/comments`, { body });
    },

    /** @returns undefined when there is no such pull request */
    async pullState(pull: number): Promise<"open" | "closed" | undefined> {
      const response = await request("GET", `${repository}/pulls/${pull}`, undefined, [404]);
      if (response.status === 404) return undefined;
      return ((await response.json()) as { state: "open" | "closed" }).state;
    },
  };
}
