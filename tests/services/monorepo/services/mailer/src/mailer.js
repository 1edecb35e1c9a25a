import { createServer } from "node:http";

const TEMPLATES = {
  "order.placed": ({ order }) => `Thank you for order ${order}.`,
  "payment.taken": ({ cents }) => `We took ${(cents / 100).toFixed(2)}.`,
  "order.sent": ({ order, days }) => `Order ${order} arrives in ${days} days.`,
};

/** What is written for an event; nothing for those that customers need not know of. */
export function compose(event) {
  const template = TEMPLATES[event.type];
  return template && event.to ? { to: event.to, text: template(event) } : undefined;
}

export function createMailer({ send }) {
  let sent = 0;

  async function handle(event) {
    const mail = compose(event);
    if (!mail) return false;
    await send(mail);
    sent += 1;
    return true;
  }

  async function take(request) {
    let body = "";
    for await (const piece of request) body += piece;
    let event;
    try {
      event = JSON.parse(body);
    } catch {
      return 400;
    }
    return (await handle(event)) ? 202 : 422;
  }

  return {
    handle,
    server: createServer(async (request, response) => {
      if (request.url === "/healthz") return response.end("ok\n");
      if (request.url === "/metrics") {
        response.setHeader("content-type", "text/plain; version=0.0.4");
        return response.end(`# TYPE mailer_sent_total counter\nmailer_sent_total ${sent}\n`);
      }
      const mails = request.method === "POST" && request.url === "/mails";
      response.statusCode = mails ? await take(request) : 404;
      response.end();
    }),
  };
}
