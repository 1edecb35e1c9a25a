import { Kafka } from "kafkajs";

import { createMailer } from "./mailer.js";

const send = async (mail) => console.log(JSON.stringify({ message: "mail", ...mail }));
const mailer = createMailer({ send });
const brokers = (process.env.KAFKA_BROKERS ?? "localhost:9092").split(",");
const consumer = new Kafka({ clientId: "mailer", brokers }).consumer({ groupId: "mailer" });

mailer.server.listen(8025);
await consumer.connect();
await consumer.subscribe({ topic: "orders" });
await consumer.run({
  eachMessage: ({ message }) => mailer.handle(JSON.parse(message.value.toString())),
});

process.on("SIGTERM", async () => {
  await consumer.disconnect();
  mailer.server.close();
});
