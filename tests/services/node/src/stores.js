import amqp from "amqplib";
import { createClient } from "redis";

const DAY = 24 * 60 * 60;

export async function redisCarts(url) {
  const client = createClient({ url });
  client.on("error", (error) => console.error(JSON.stringify({ message: error.message })));
  await client.connect();
  return {
    save: (id, items) => client.set(`cart:${id}`, JSON.stringify(items), { EX: DAY }),
    load: async (id) => JSON.parse(await client.get(`cart:${id}`)),
    drop: (id) => client.del(`cart:${id}`),
    close: () => client.quit(),
  };
}

export async function rabbitQueue(url, name = "checkouts") {
  const connection = await amqp.connect(url);
  const channel = await connection.createConfirmChannel();
  await channel.assertQueue(name, { durable: true });
  return {
    publish: async (message) => {
      channel.sendToQueue(name, Buffer.from(JSON.stringify(message)), { persistent: true });
      await channel.waitForConfirms();
    },
    close: () => connection.close(),
  };
}
