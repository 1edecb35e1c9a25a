import { createServer } from "node:http";

import { isOn, parse } from "./flags.js";

const flags = parse(process.env.FLAGS ?? "");
let asked = 0;

const server = createServer((request, response) => {
  const { pathname, searchParams } = new URL(request.url, "http://localhost");
  if (pathname === "/healthz") return response.end("ok\n");
  if (pathname === "/metrics") {
    response.setHeader("content-type", "text/plain; version=0.0.4");
    return response.end(`# TYPE flags_asked_total counter\nflags_asked_total ${asked}\n`);
  }
  asked += 1;
  response.setHeader("content-type", "application/json");
  response.end(JSON.stringify({ on: isOn(flags, pathname.slice(1), searchParams.get("customer")) }));
});

server.listen(7000);
process.on("SIGTERM", () => server.close());
