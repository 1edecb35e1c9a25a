package com.example.shipping;

import jakarta.inject.Singleton;
import java.util.Set;

@Singleton
public class Tariff {

    private static final Set<String> NEAR = Set.of("AT", "CH", "DE", "FR", "IE", "IT");
    private static final int HEAVIEST = 30_000;

    public Quote quote(Parcel parcel) {
        if (parcel.grams() < 1 || parcel.grams() > HEAVIEST) {
            throw new IllegalArgumentException("a parcel weighs from 1 to " + HEAVIEST + " grams");
        }
        boolean near = NEAR.contains(parcel.country());
        int kilos = (parcel.grams() + 999) / 1000;
        return near ? new Quote(390 + 60 * kilos, 2) : new Quote(1200 + 450 * kilos, 8);
    }
}
