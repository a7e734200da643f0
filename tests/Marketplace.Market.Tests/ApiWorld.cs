using System.Net;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Marketplace.Market.Contracts;
using Marketplace.Platform;
using Marketplace.Platform.Api;
using Marketplace.Platform.Parties;
using Marketplace.Testing;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.TestHost;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;

namespace Marketplace.Market.Tests;

/// <summary>The module's endpoints behind the API's own gate, problem documents and idempotency; who acts is named by a header instead of a token.</summary>
internal sealed class ApiWorld : IAsyncDisposable
{
    private const string ActorHeader = "X-Test-Actor";
    private readonly WebApplication app;
    private HttpClient? client;
    private readonly Dictionary<string, Actor> actors = new(StringComparer.Ordinal);

    private ApiWorld(World world, WebApplication app) => (World, this.app) = (world, app);

    public World World { get; }

    public IReadOnlyList<Endpoint> Endpoints =>
        app.Services.GetRequiredService<Microsoft.AspNetCore.Routing.EndpointDataSource>().Endpoints;

    public static async Task<ApiWorld> StartAsync(PostgresFixture db)
    {
        var world = new World(db);
        var builder = WebApplication.CreateSlimBuilder();
        builder.WebHost.UseTestServer();
        builder.Services.AddSingleton<TimeProvider>(world.Time);
        builder.Services.AddSingleton<NpgsqlDataSource>(db.DataSource);
        builder.Services.AddPlatform().AddApiConventions();
        // The change feed's listener is not under test.
        foreach (var hosted in builder.Services.Where(s => s.ServiceType == typeof(Microsoft.Extensions.Hosting.IHostedService)).ToList())
            builder.Services.Remove(hosted);
        builder.Services.AddSingleton<IClusterSupply>(world.Clusters);
        builder.Services.AddMarket();
        var built = builder.Build();
        var api = new ApiWorld(world, built);
        built.UseApiProblems();
        built.UseRouting();
        built.Use(
            (http, next) =>
            {
                if (api.actors.TryGetValue(http.Request.Headers[ActorHeader].ToString(), out Actor? actor))
                    http.RequestServices.GetRequiredService<ActorContext>().Become(actor);
                return next(http);
            }
        );
        built.UseApiGate();
        built.MapApiGroup().MapMarket();
        await built.StartAsync();
        return api;
    }

    public async Task<ApiAnswer> Send(
        Actor? actor,
        HttpMethod method,
        string path,
        object? body = null,
        string? ifMatch = null,
        string? key = null,
        string? yaml = null
    )
    {
        using var request = new HttpRequestMessage(method, "/api/v1" + path);
        if (actor is not null)
        {
            actors[actor.PartyId + actor.Role + actor.Kinds] = actor;
            request.Headers.Add(ActorHeader, actor.PartyId + actor.Role + actor.Kinds);
        }
        if (body is not null)
            request.Content = JsonContent.Create(body, options: Platform.Api.Json.ApiJson.Options);
        if (yaml is not null)
            request.Content = new StringContent(yaml, Encoding.UTF8, "application/yaml");
        if (ifMatch is not null)
            request.Headers.TryAddWithoutValidation("If-Match", ifMatch);
        if (key is not null)
            request.Headers.Add("Idempotency-Key", key);
        client ??= app.GetTestClient();
        using HttpResponseMessage response = await client.SendAsync(request);
        string text = await response.Content.ReadAsStringAsync();
        bool json = response.Content.Headers.ContentType?.MediaType?.EndsWith("json", StringComparison.Ordinal) == true;
        return new ApiAnswer(
            response.StatusCode,
            response.Headers.ETag?.Tag,
            json ? JsonNode.Parse(text) : null,
            text,
            response.Headers.Location?.ToString()
        );
    }

    public Task<ApiAnswer> Get(Actor? actor, string path) => Send(actor, HttpMethod.Get, path);

    public Task<ApiAnswer> Post(Actor? actor, string path, object? body = null, string? key = null) =>
        Send(actor, HttpMethod.Post, path, body, key: key);

    public async ValueTask DisposeAsync()
    {
        client?.Dispose();
        await app.DisposeAsync();
        await World.DisposeAsync();
    }
}

internal sealed record ApiAnswer(HttpStatusCode Status, string? ETag, JsonNode? Json, string Text, string? Location)
{
    public int Code => (int)Status;

    public string? this[string field] =>
        Json?[field] is JsonValue value
            ? value.GetValueKind() == JsonValueKind.String
                ? value.GetValue<string>()
                : value.ToJsonString()
            : null;

    public string? Pointer => Json?["errors"]?[0]?["pointer"]?.GetValue<string>();
}
