package com.example.stock;

/** How many of each article are there. */
public interface Levels {
    int of(String sku);

    /** Takes some away. Tells whether there were enough; if not, none are taken. */
    boolean take(String sku, int quantity);

    void put(String sku, int quantity);

    boolean ready();
}
