package com.example.stock;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.Executors;

/** The service's HTTP. */
public final class Main {
    private Main() {}

    public static void main(String[] arguments) throws IOException {
        DatabaseLevels levels = new DatabaseLevels(System.getenv("DATABASE_URL"));
        levels.open();
        start(levels, 8080);
    }

    static HttpServer start(Levels levels, int port) throws IOException {
        HttpServer server = HttpServer.create(new InetSocketAddress(port), 0);
        server.setExecutor(Executors.newFixedThreadPool(8));
        server.createContext("/healthz", exchange -> answer(exchange, 200, "{\"status\":\"ok\"}"));
        server.createContext("/readyz", exchange -> {
            boolean ready = levels.ready();
            answer(exchange, ready ? 200 : 503, "{\"ready\":" + ready + "}");
        });
        server.createContext("/levels/", exchange -> level(levels, exchange));
        server.start();
        return server;
    }

    /** GET shows a level, POST takes one article away. */
    private static void level(Levels levels, HttpExchange exchange) throws IOException {
        String sku = exchange.getRequestURI().getPath().substring("/levels/".length());
        if (exchange.getRequestMethod().equals("POST") && !levels.take(sku, 1)) {
            answer(exchange, 409, "{\"error\":\"sold out\"}");
            return;
        }
        answer(exchange, 200, "{\"quantity\":" + levels.of(sku) + "}");
    }

    private static void answer(HttpExchange exchange, int status, String json) throws IOException {
        byte[] body = json.getBytes(StandardCharsets.UTF_8);
        exchange.getResponseHeaders().set("Content-Type", "application/json");
        exchange.sendResponseHeaders(status, body.length);
        try (var out = exchange.getResponseBody()) {
            out.write(body);
        }
    }
}
