package com.example.shipping;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.micronaut.http.HttpRequest;
import io.micronaut.http.client.HttpClient;
import io.micronaut.http.client.annotation.Client;
import io.micronaut.http.client.exceptions.HttpClientResponseException;
import io.micronaut.test.extensions.junit5.annotation.MicronautTest;
import jakarta.inject.Inject;
import org.junit.jupiter.api.Test;

@MicronautTest
class ShippingControllerTest {

    @Inject
    @Client("/")
    HttpClient http;

    private Quote post(Parcel parcel) {
        return http.toBlocking().retrieve(HttpRequest.POST("/quotes", parcel), Quote.class);
    }

    @Test
    void aQuoteIsGivenAndCounted() {
        assertEquals(450, post(new Parcel(300, "DE")).cents());
        String metrics = http.toBlocking().retrieve("/prometheus");
        assertTrue(metrics.contains("shipping_quotes_total"), metrics);
    }

    @Test
    void aParcelWithoutWeightIsABadRequest() {
        var refused = assertThrows(
                HttpClientResponseException.class, () -> post(new Parcel(0, "DE")));
        assertEquals(400, refused.getStatus().getCode());
    }

    @Test
    void healthAnswers() {
        assertTrue(http.toBlocking().retrieve("/health").contains("UP"));
    }
}
