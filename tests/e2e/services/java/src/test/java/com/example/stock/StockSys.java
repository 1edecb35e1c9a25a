package com.example.stock;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import org.junit.jupiter.api.Test;

/** Asks the service as others do; where it is, the environment says. */
class StockSys {
    private final HttpClient client = HttpClient.newHttpClient();

    private HttpResponse<String> ask(String method) throws Exception {
        URI uri = URI.create(System.getenv("SYSTEM_URL") + "/levels/tea");
        HttpRequest request =
                HttpRequest.newBuilder(uri).method(method, HttpRequest.BodyPublishers.noBody()).build();
        return client.send(request, HttpResponse.BodyHandlers.ofString());
    }

    @Test
    void whatIsInTheDatabaseIsSoldOnce() throws Exception {
        new DatabaseLevels(System.getenv("DATABASE_URL")).put("tea", 1);

        assertEquals("{\"quantity\":1}", ask("GET").body());
        assertEquals(200, ask("POST").statusCode());
        assertEquals(409, ask("POST").statusCode());
    }
}
