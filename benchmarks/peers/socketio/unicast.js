// The peer: Socket.IO 4 with its Redis adapter, pushing to one person. Run by `unicast.py`.
const http = require("http");
const { Server } = require("socket.io");
const { createAdapter } = require("@socket.io/redis-adapter");
const { createClient } = require("redis");

const address = process.env.REDIS_URL;
// Embedded stores listen on a file, which this driver takes in another form.
const where = address.startsWith("unix://")
  ? { socket: { path: address.slice("unix://".length).split("?")[0] } }
  : { url: address };

async function main() {
  const [pub, sub] = [createClient(where), createClient(where)];
  await Promise.all([pub.connect(), sub.connect()]);
  const server = http.createServer();
  server.keepAliveTimeout = 600_000;
  const options = { adapter: createAdapter(pub, sub), transports: ["websocket"], serveClient: false };
  const io = new Server(server, options);
  io.on("connection", (socket) => socket.join(socket.handshake.query.user));

  server.on("request", (request, response) => {
    if (request.url !== "/push") return; // the rest is Socket.IO's
    const chunks = [];
    request.on("data", (chunk) => chunks.push(chunk));
    request.on("end", () => {
      const { to, content } = JSON.parse(Buffer.concat(chunks));
      const item = { content, is_read: false, sent_on: "2026-01-01T00:00:00.000000Z", id: 1 };
      io.to(String(to)).emit("change", { kind: "notice", version: 1, revision: 1767225600000000, item });
      response.writeHead(201, { "Content-Type": "application/json", "Content-Length": 2 });
      response.end("{}");
    });
  });
  server.listen(Number(process.argv[2]), "127.0.0.1", 1024);
}
main();
