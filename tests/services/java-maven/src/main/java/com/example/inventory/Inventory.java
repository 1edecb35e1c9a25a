package com.example.inventory;

import io.micrometer.core.instrument.MeterRegistry;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import org.springframework.stereotype.Service;

@Service
public class Inventory {

    private final ConcurrentMap<String, Integer> stock = new ConcurrentHashMap<>();
    private final MeterRegistry meters;

    public Inventory(MeterRegistry meters) {
        this.meters = meters;
    }

    public int inStock(String sku) {
        return stock.getOrDefault(sku, 0);
    }

    public int receive(String sku, int quantity) {
        if (quantity < 1) {
            throw new IllegalArgumentException("quantity must be at least 1");
        }
        return stock.merge(sku, quantity, Integer::sum);
    }

    /** All or nothing: a reservation is never filled in part. */
    public boolean reserve(String sku, int quantity) {
        if (quantity < 1) {
            throw new IllegalArgumentException("quantity must be at least 1");
        }
        boolean[] reserved = {false};
        stock.computeIfPresent(sku, (key, have) -> {
            reserved[0] = have >= quantity;
            return reserved[0] ? have - quantity : have;
        });
        meters.counter("inventory.reservations", "result", reserved[0] ? "filled" : "refused")
                .increment();
        return reserved[0];
    }
}
