package com.example.inventory;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import org.junit.jupiter.api.Test;

class InventoryTest {

    private final SimpleMeterRegistry meters = new SimpleMeterRegistry();
    private final Inventory inventory = new Inventory(meters);

    @Test
    void aReservationTakesFromTheStock() {
        inventory.receive("tea", 5);

        assertThat(inventory.reserve("tea", 3)).isTrue();
        assertThat(inventory.inStock("tea")).isEqualTo(2);
    }

    @Test
    void aReservationThatIsTooLargeTakesNothing() {
        inventory.receive("tea", 2);

        assertThat(inventory.reserve("tea", 3)).isFalse();
        assertThat(inventory.inStock("tea")).isEqualTo(2);
        assertThat(meters.counter("inventory.reservations", "result", "refused").count()).isEqualTo(1);
    }

    @Test
    void anEmptyDeliveryIsRefused() {
        assertThatIllegalArgumentException().isThrownBy(() -> inventory.receive("tea", 0));
    }
}
