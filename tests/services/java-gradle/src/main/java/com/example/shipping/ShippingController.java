package com.example.shipping;

import io.micrometer.core.instrument.MeterRegistry;
import io.micronaut.http.HttpResponse;
import io.micronaut.http.annotation.Body;
import io.micronaut.http.annotation.Controller;
import io.micronaut.http.annotation.Error;
import io.micronaut.http.annotation.Post;
import java.util.Map;

@Controller
public class ShippingController {

    private final Tariff tariff;
    private final MeterRegistry meters;

    public ShippingController(Tariff tariff, MeterRegistry meters) {
        this.tariff = tariff;
        this.meters = meters;
    }

    @Post("/quotes")
    public Quote quote(@Body Parcel parcel) {
        Quote quote = tariff.quote(parcel);
        meters.counter("shipping.quotes").increment();
        return quote;
    }

    @Error(exception = IllegalArgumentException.class)
    public HttpResponse<Map<String, String>> refused(IllegalArgumentException reason) {
        return HttpResponse.badRequest(Map.of("error", reason.getMessage()));
    }
}
