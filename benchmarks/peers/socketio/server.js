// The peer: Socket.IO 4, websockets alone, its adapter in memory. Run by `fan_out.py`.
const http = require("http");
const { Server } = require("socket.io");

const server = http.createServer();
server.keepAliveTimeout = 600_000;
const io = new Server(server, { transports: ["websocket"], serveClient: false });

server.on("request", (request, response) => {
  if (request.url !== "/notices/send/") return; // the rest is Socket.IO's
  const chunks = [];
  request.on("data", (chunk) => chunks.push(chunk));
  request.on("end", () => {
    const { content } = JSON.parse(Buffer.concat(chunks));
    const item = { content, is_read: false, sent_on: "2026-01-01T00:00:00.000000Z", id: 1 };
    io.emit("change", { kind: "notice", version: 1, revision: 1767225600000000, item });
    response.writeHead(201, { "Content-Type": "application/json", "Content-Length": 2 });
    response.end("{}");
  });
});
server.listen(Number(process.argv[2]), "127.0.0.1", 1024);
