/** As code, in which Markdown changes nothing and mentions nobody. */
export const code = (text: string) => `\`${text.replaceAll(/[`\r\n]/g, "'")}\``;
