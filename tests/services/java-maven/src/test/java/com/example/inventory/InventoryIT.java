package com.example.inventory;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.boot.test.autoconfigure.actuate.observability.AutoConfigureObservability;
import org.springframework.boot.test.context.SpringBootTest;
import org.springframework.boot.test.context.SpringBootTest.WebEnvironment;
import org.springframework.boot.test.web.client.TestRestTemplate;
import org.springframework.http.HttpStatus;

@SpringBootTest(webEnvironment = WebEnvironment.RANDOM_PORT)
@AutoConfigureObservability(tracing = false)
class InventoryIT {

    @Autowired
    private TestRestTemplate http;

    @Test
    void whatWasDeliveredCanBeReserved() {
        http.postForEntity("/stock/coffee/deliveries?quantity=4", null, String.class);

        var reserved = http.postForEntity("/stock/coffee/reservations?quantity=4", null, Void.class);
        var again = http.postForEntity("/stock/coffee/reservations?quantity=1", null, Void.class);

        assertThat(reserved.getStatusCode()).isEqualTo(HttpStatus.CREATED);
        assertThat(again.getStatusCode()).isEqualTo(HttpStatus.CONFLICT);
    }

    @Test
    void theProbesAndMetricsAreThere() {
        for (String path : new String[] {"health/liveness", "health/readiness", "prometheus"}) {
            var answer = http.getForEntity("/actuator/" + path, String.class);
            assertThat(answer.getStatusCode()).as(path).isEqualTo(HttpStatus.OK);
        }
    }
}
