package com.example.inventory;

import java.util.Map;
import org.springframework.http.HttpStatus;
import org.springframework.http.ResponseEntity;
import org.springframework.web.bind.annotation.ExceptionHandler;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestMapping;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.bind.annotation.ResponseStatus;
import org.springframework.web.bind.annotation.RestController;

@RestController
@RequestMapping("/stock/{sku}")
public class InventoryController {

    private final Inventory inventory;

    public InventoryController(Inventory inventory) {
        this.inventory = inventory;
    }

    @GetMapping
    public Map<String, Object> stock(@PathVariable String sku) {
        return Map.of("sku", sku, "inStock", inventory.inStock(sku));
    }

    @PostMapping("/deliveries")
    @ResponseStatus(HttpStatus.CREATED)
    public Map<String, Object> receive(@PathVariable String sku, @RequestParam int quantity) {
        return Map.of("sku", sku, "inStock", inventory.receive(sku, quantity));
    }

    @PostMapping("/reservations")
    public ResponseEntity<Void> reserve(@PathVariable String sku, @RequestParam int quantity) {
        boolean reserved = inventory.reserve(sku, quantity);
        return ResponseEntity.status(reserved ? HttpStatus.CREATED : HttpStatus.CONFLICT).build();
    }

    @ExceptionHandler(IllegalArgumentException.class)
    @ResponseStatus(HttpStatus.BAD_REQUEST)
    Map<String, String> refused(IllegalArgumentException reason) {
        return Map.of("error", reason.getMessage());
    }
}
