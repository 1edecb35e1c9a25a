using Loyalty;
using Prometheus;

var builder = WebApplication.CreateBuilder(args);
builder.Logging.ClearProviders().AddJsonConsole();
builder.Services.AddSingleton<Points>();
builder.Services.AddHealthChecks();

var app = builder.Build();
app.UseHttpMetrics();

app.MapGet("/customers/{customer}/points", (string customer, Points points) =>
    Results.Ok(new { customer, points = points.Of(customer) }));

app.MapPost("/customers/{customer}/purchases", (string customer, Purchase purchase, Points points) =>
    purchase.Cents > 0
        ? Results.Ok(new { customer, points = points.Earn(customer, purchase.Cents) })
        : Results.BadRequest(new { error = "a purchase costs at least one cent" }));

app.MapHealthChecks("/health");
app.MapMetrics();

app.Run();

public record Purchase(int Cents);

// The tests start the application by this name.
public partial class Program;
