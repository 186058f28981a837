import { expect, it } from "vitest";
import { pullsWithStage } from "./prune.ts";

// As `sst state list` of SST 4.17.1 prints it.
const listing = `App:        unparquet
Provider:   AWS
Region:     us-east-1
Account:    123456789012
Stages:     anna
            pr-12
            pr-7
            pr-7-old
            production
            main (not deployed)
`;

it("takes the stages named after a pull request, and no other", () => {
  expect(pullsWithStage(listing)).toEqual([12, 7]);
});

it("finds the first of the list", () => {
  expect(pullsWithStage("App:        unparquet\nStages:     pr-3\n")).toEqual([3]);
});

it("finds none where nothing is deployed", () => {
  expect(pullsWithStage("App:        unparquet\nStages:     main (not deployed)\n")).toEqual([]);
  expect(pullsWithStage("App:        unparquet\nStages:     pr-3 (not deployed)\n")).toEqual([]);
});
