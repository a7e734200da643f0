using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Marketplace.E2E.Hosting;

/// <summary>One party's program: an API key and plain JSON over HTTP, as anybody outside would write it.</summary>
internal sealed class PartyApi(string partyId, Uri url, string key) : IDisposable
{
    private const string Base = "/api/v1";
    private readonly HttpClient http = new()
    {
        BaseAddress = url,
        // The bound of a failure on a busy machine, never the measure.
        Timeout = TimeSpan.FromMinutes(2),
        DefaultRequestHeaders = { Authorization = new AuthenticationHeaderValue("Bearer", key) },
    };

    public string PartyId => partyId;

    /// <summary>Reads one thing.</summary>
    public async Task<JsonNode> GetAsync(string path) => await AnswerAsync(await http.GetAsync(new Uri(Base + path, UriKind.Relative)));

    /// <summary>Reads every page of a list.</summary>
    public async Task<IReadOnlyList<JsonNode>> ListAsync(string path)
    {
        var items = new List<JsonNode>();
        for (string? cursor = ""; cursor is not null; )
        {
            var page = await GetAsync($"{path}{(path.Contains('?', StringComparison.Ordinal) ? '&' : '?')}limit=500{cursor}");
            items.AddRange(page["items"]!.AsArray().Select(i => i!));
            cursor = page.Text("nextCursor") is { } next ? $"&cursor={Uri.EscapeDataString(next)}" : null;
        }
        return items;
    }

    /// <summary>Sends a command and takes its answer.</summary>
    /// <param name="once">An idempotency key, for commands that move money or capacity.</param>
    public async Task<JsonNode> PostAsync(string path, object? body = null, string? once = null) =>
        await AnswerAsync(await SendAsync(path, body, once));

    /// <summary>Sends a command that must be refused, and takes the problem.</summary>
    public async Task<JsonNode> RefusedAsync(HttpStatusCode status, string path, object? body = null, string? once = null)
    {
        using var response = await SendAsync(path, body, once);
        var text = await response.Content.ReadAsStringAsync();
        Assert.True(response.StatusCode == status, $"POST {path}: expected {(int)status}, was {(int)response.StatusCode} {text}");
        return JsonNode.Parse(text)!;
    }

    public void Dispose() => http.Dispose();

    private async Task<HttpResponseMessage> SendAsync(string path, object? body, string? once)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, new Uri(Base + path, UriKind.Relative));
        if (body is not null)
            request.Content = JsonContent.Create(body, options: JsonSerializerOptions.Web);
        if (once is not null)
            request.Headers.Add("Idempotency-Key", once);
        return await http.SendAsync(request);
    }

    private static async Task<JsonNode> AnswerAsync(HttpResponseMessage response)
    {
        using (response)
        {
            var text = await response.Content.ReadAsStringAsync();
            Assert.True(
                response.IsSuccessStatusCode,
                $"{response.RequestMessage?.Method} {response.RequestMessage?.RequestUri?.PathAndQuery}: {(int)response.StatusCode} {text}"
            );
            return JsonNode.Parse(text)!;
        }
    }
}

/// <summary>Reads the API's JSON.</summary>
internal static class ApiFields
{
    public static string? Text(this JsonNode node, string name) => (string?)node[name];

    public static string Id(this JsonNode node) => (string)node["id"]!;

    public static string State(this JsonNode node) => (string)node["state"]!;

    public static decimal Number(this JsonNode node, string name) => (decimal)node[name]!;

    public static int Count(this JsonNode node, string name) => (int)node[name]!;

    public static DateTimeOffset? Time(this JsonNode node, string name) => (DateTimeOffset?)node[name];

    /// <summary>An amount of money in micro-units, which the API writes as a decimal string with its currency.</summary>
    public static long Micros(this JsonNode node, string name)
    {
        var money = node[name]!;
        Assert.Equal(Inputs.PublicPrices.Currency, (string?)money["currency"]);
        return (long)(decimal.Parse((string)money["amount"]!, CultureInfo.InvariantCulture) * 1_000_000m);
    }
}
