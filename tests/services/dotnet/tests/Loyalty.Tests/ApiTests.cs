using System.Net;
using System.Net.Http.Json;
using Microsoft.AspNetCore.Mvc.Testing;
using Xunit;

namespace Loyalty.Tests;

public class ApiTests(WebApplicationFactory<Program> factory) : IClassFixture<WebApplicationFactory<Program>>
{
    private readonly HttpClient _http = factory.CreateClient();

    [Fact]
    public async Task APurchaseIsAnsweredWithThePoints()
    {
        var answer = await _http.PostAsJsonAsync("/customers/linus/purchases", new { cents = 500 });

        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        Assert.Contains("\"points\":5", await answer.Content.ReadAsStringAsync());
    }

    [Theory]
    [InlineData("/health")]
    [InlineData("/metrics")]
    public async Task ThePlatformGetsItsAnswers(string path)
    {
        Assert.Equal(HttpStatusCode.OK, (await _http.GetAsync(path)).StatusCode);
    }
}
