// Preloaded into each service: standard input closes when `npm start` ends, even by SIGKILL. Then SIGTERM goes to the
// service's whole process group.
process.stdin.on("end", () => process.kill(0, "SIGTERM")).resume();
