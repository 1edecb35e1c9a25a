import { createApp } from "./app.js";
import { rabbitQueue, redisCarts } from "./stores.js";

const port = Number(process.env.PORT ?? 3000);
const carts = await redisCarts(process.env.REDIS_URL ?? "redis://localhost:6379");
const queue = await rabbitQueue(process.env.AMQP_URL ?? "amqp://localhost:5672");

const server = createApp({ carts, queue }).listen(port, () => {
  console.log(JSON.stringify({ message: "listening", port }));
});

process.on("SIGTERM", () => {
  server.close(async () => {
    await Promise.all([carts.close(), queue.close()]);
  });
});
