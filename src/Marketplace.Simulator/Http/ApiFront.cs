using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using Marketplace.Simulator.Api;
using Marketplace.Simulator.Resources;
using Microsoft.AspNetCore.Http;

namespace Marketplace.Simulator.Http;

/// <summary>One cluster's HTTP door: who is it, what is asked, and which verb answers.</summary>
internal sealed class ApiFront
{
    private const string Admin = "simulator-admin";
    private readonly ClusterApi api;
    private readonly byte[] adminToken;
    private readonly ReadVerbs read;
    private readonly WriteVerbs write;
    private readonly WatchVerb watch;
    private readonly PodVerbs pods;
    private readonly ScaleVerbs scale;

    public ApiFront(ClusterApi api, string token, TimeSpan bookmarkInterval)
    {
        this.api = api;
        adminToken = Encoding.ASCII.GetBytes(token);
        read = new ReadVerbs(api);
        write = new WriteVerbs(api);
        watch = new WatchVerb(api, bookmarkInterval);
        pods = new PodVerbs(api);
        scale = new ScaleVerbs(api);
    }

    public async Task HandleAsync(HttpContext http, string path)
    {
        if (path is "/healthz" or "/livez" or "/readyz")
        {
            await new Exchange(http, "", api.Time).WriteAsync(200, "ok"u8.ToArray(), "text/plain");
            return;
        }
        if (Authenticate(http) is not { } user)
        {
            await new Exchange(http, "", api.Time).WriteAsync(ApiFailure.Unauthorized());
            return;
        }
        var exchange = new Exchange(http, user, api.Time);
        if (path.StartsWith("/openapi/v2", StringComparison.Ordinal))
        {
            await OpenApi.WriteAsync(exchange);
            return;
        }
        if (HttpMethods.IsGet(http.Request.Method) && Discovery.At(path) is { } document)
        {
            await exchange.WriteAsync(200, document);
            return;
        }
        await (ApiPath.Parse(path) is { } parsed ? DispatchAsync(exchange, parsed) : exchange.WriteAsync(ApiFailure.NoSuchPath()));
    }

    private Task DispatchAsync(Exchange exchange, ApiPath path)
    {
        var method = exchange.Http.Request.Method;
        if (path.Type.CreateOnly)
        {
            return method == "POST" && path.Name is null ? ReviewAsync(exchange) : exchange.WriteAsync(ApiFailure.MethodNotAllowed());
        }
        return (method, path) switch
        {
            ("GET", { Name: null }) => exchange.Flag("watch") ? watch.WatchAsync(exchange, path) : read.ListAsync(exchange, path),
            ("GET", { Subresource: null }) when exchange.Flag("watch") => watch.WatchAsync(exchange, path),
            ("GET", { Subresource: "log" }) when path.Type == ResourceCatalog.Pods => pods.LogAsync(exchange, path),
            ("GET", { Subresource: "scale" }) when path.Type.HasScale => scale.GetAsync(exchange, path),
            ("GET", _) => read.GetAsync(exchange, path),
            ("POST", { Name: null }) => write.CreateAsync(exchange, path),
            ("POST", { Subresource: "binding" }) when path.Type == ResourceCatalog.Pods => pods.BindAsync(exchange, path),
            ("POST", { Subresource: "eviction" }) when path.Type == ResourceCatalog.Pods => pods.EvictAsync(exchange, path),
            ("PUT" or "PATCH", { Subresource: "scale" }) when path.Type.HasScale => scale.WriteAsync(exchange, path),
            ("PUT", { Name: not null }) when Writable(path) => write.ReplaceAsync(exchange, path),
            ("PATCH", { Name: not null }) when Writable(path) => write.PatchAsync(exchange, path),
            ("DELETE", { Name: not null, Subresource: null }) => write.DeleteAsync(exchange, path),
            ("DELETE", { Name: null }) => write.DeleteAllAsync(exchange, path),
            _ when path.Subresource is not null => exchange.WriteAsync(ApiFailure.NoSuchPath()),
            _ => exchange.WriteAsync(ApiFailure.MethodNotAllowed()),
        };
    }

    private static bool Writable(ApiPath path) =>
        path.Subresource is null
        || (path.Subresource == "status" && path.Type.HasStatus)
        || (path.Subresource == "finalize" && path.Type == ResourceCatalog.Namespaces);

    private static async Task ReviewAsync(Exchange exchange)
    {
        if ((await exchange.ReadObjectAsync()).Refused(out var bad, out var review))
        {
            await exchange.WriteAsync(bad);
            return;
        }
        review["status"] = new JsonObject { ["allowed"] = true };
        await exchange.WriteAsync(201, review);
    }

    private string? Authenticate(HttpContext http)
    {
        const string scheme = "Bearer ";
        var header = http.Request.Headers.Authorization.ToString();
        if (!header.StartsWith(scheme, StringComparison.OrdinalIgnoreCase))
        {
            return null;
        }
        var given = Encoding.UTF8.GetBytes(header[scheme.Length..].Trim());
        return CryptographicOperations.FixedTimeEquals(given, adminToken) ? Admin : null;
    }
}
