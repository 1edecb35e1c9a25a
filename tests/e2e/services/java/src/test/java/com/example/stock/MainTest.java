package com.example.stock;

import static org.junit.jupiter.api.Assertions.assertEquals;

import com.sun.net.httpserver.HttpServer;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.util.HashMap;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class MainTest {
    private static final class InMemory implements Levels {
        private final Map<String, Integer> levels = new HashMap<>();

        @Override
        public int of(String sku) {
            return levels.getOrDefault(sku, 0);
        }

        @Override
        public boolean take(String sku, int quantity) {
            if (of(sku) < quantity) {
                return false;
            }
            put(sku, -quantity);
            return true;
        }

        @Override
        public void put(String sku, int quantity) {
            levels.merge(sku, quantity, Integer::sum);
        }

        @Override
        public boolean ready() {
            return false;
        }
    }

    private final InMemory levels = new InMemory();
    private HttpServer server;

    @BeforeEach
    void start() throws Exception {
        server = Main.start(levels, 0);
    }

    @AfterEach
    void stop() {
        server.stop(0);
    }

    private HttpResponse<String> ask(String method, String path) throws Exception {
        URI uri = URI.create("http://localhost:" + server.getAddress().getPort() + path);
        HttpRequest request =
                HttpRequest.newBuilder(uri).method(method, HttpRequest.BodyPublishers.noBody()).build();
        return HttpClient.newHttpClient().send(request, HttpResponse.BodyHandlers.ofString());
    }

    @Test
    void theLastOneIsSoldOnce() throws Exception {
        levels.put("tea", 1);

        assertEquals("{\"quantity\":0}", ask("POST", "/levels/tea").body());
        assertEquals(409, ask("POST", "/levels/tea").statusCode());
    }

    @Test
    void itIsAliveAndNotReadyWithoutItsDatabase() throws Exception {
        assertEquals(200, ask("GET", "/healthz").statusCode());
        assertEquals(503, ask("GET", "/readyz").statusCode());
    }
}
