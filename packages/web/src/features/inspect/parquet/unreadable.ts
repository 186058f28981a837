/** Something this browser cannot show of a file, in words for the person who chose it. The converter may still read it. */
export class Unreadable extends Error {
  override readonly name = "Unreadable";
}
