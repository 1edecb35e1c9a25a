import { createApp } from './app.js';
import { Store } from './store.js';

const store = new Store(process.env.DATABASE_URL);
await store.open();
const server = createApp(store).listen(process.env.PORT ?? 8080);
process.on('SIGTERM', () => server.close(() => store.close()));
