/** What pages of any origin may send and read: API Gateway's rules where deployed, the local server's elsewhere. No imports. */
export const cors = {
  allowMethods: ["GET", "POST", "DELETE"],
  allowHeaders: ["accept", "content-type"],
  exposeHeaders: ["allow", "location", "retry-after", "x-request-id"],
} satisfies { allowMethods: ("GET" | "POST" | "DELETE")[]; allowHeaders: string[]; exposeHeaders: string[] };
