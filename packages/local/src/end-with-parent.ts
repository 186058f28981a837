// Loaded into the children of the platform: their standard input ends with it, also when it was killed and could not stop
// them. The signal goes to the whole process group.
process.stdin.on("end", () => process.kill(0, "SIGTERM")).resume();
