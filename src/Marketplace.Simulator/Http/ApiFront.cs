using System.Text.Json.Nodes;
using Marketplace.Simulator.Access;
using Marketplace.Simulator.Api;
using Marketplace.Simulator.Resources;
using Marketplace.Simulator.Store;
using Microsoft.AspNetCore.Http;

namespace Marketplace.Simulator.Http;

/// <summary>One cluster's HTTP door: who is it, what is asked, and which verb answers.</summary>
internal sealed class ApiFront
{
    private static readonly Identity Nobody = new("system:anonymous", []);
    private readonly ClusterApi api;
    private readonly Tokens tokens;
    private readonly Rbac rbac;
    private readonly ReadVerbs read;
    private readonly WriteVerbs write;
    private readonly WatchVerb watch;
    private readonly PodVerbs pods;
    private readonly ScaleVerbs scale;

    public ApiFront(ClusterApi api, string token, TimeSpan bookmarkInterval)
    {
        this.api = api;
        tokens = new Tokens(api, token);
        rbac = new Rbac(api.Store);
        read = new ReadVerbs(api);
        write = new WriteVerbs(api, rbac);
        watch = new WatchVerb(api, bookmarkInterval);
        pods = new PodVerbs(api);
        scale = new ScaleVerbs(api);
    }

    public async Task HandleAsync(HttpContext http, string path)
    {
        if (path is "/healthz" or "/livez" or "/readyz")
        {
            await new Exchange(http, Nobody, api.Time).WriteAsync(200, "ok"u8.ToArray(), "text/plain");
            return;
        }
        if (Authenticate(http) is not { } user)
        {
            await new Exchange(http, Nobody, api.Time).WriteAsync(ApiFailure.Unauthorized());
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
        var access = Wish(exchange, path);
        if (!rbac.Allows(exchange.Who, access))
        {
            return exchange.WriteAsync(rbac.Refuse(exchange.Who, access));
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
            ("POST", { Subresource: "token" }) when path.Type == ResourceCatalog.ServiceAccounts => IssueAsync(exchange, path),
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

    private static AccessRequest Wish(Exchange exchange, ApiPath path)
    {
        var verb = (exchange.Http.Request.Method, path.Name) switch
        {
            ("GET", _) when exchange.Flag("watch") => "watch",
            ("GET", null) => "list",
            ("GET", _) => "get",
            ("POST", _) => "create",
            ("PUT", _) => "update",
            ("PATCH", _) => "patch",
            ("DELETE", null) => "deletecollection",
            ("DELETE", _) => "delete",
            var (other, _) => other.ToLowerInvariant(),
        };
        // A namespace itself is asked for at its own name's scope, as the real authorizer does.
        var scope = path.Type == ResourceCatalog.Namespaces ? path.Name : path.Namespace;
        var resource = path.Subresource is null ? path.Type.Plural : $"{path.Type.Plural}/{path.Subresource}";
        return new AccessRequest(verb, path.Type.Group, resource, scope, path.Name);
    }

    private async Task ReviewAsync(Exchange exchange)
    {
        if ((await exchange.ReadObjectAsync()).Refused(out var bad, out var review))
        {
            await exchange.WriteAsync(bad);
            return;
        }
        var wish = review.Map("spec", "resourceAttributes");
        var sub = wish.Text("subresource") is { Length: > 0 } s ? "/" + s : "";
        var access = new AccessRequest(
            wish.Text("verb") ?? "",
            wish.Text("group") ?? "",
            (wish.Text("resource") ?? "") + sub,
            wish.Text("namespace") is { Length: > 0 } ns ? ns : null,
            wish.Text("name") is { Length: > 0 } name ? name : null
        );
        // Paths that are no resources (discovery, health) are open to everybody who is known.
        review["status"] = new JsonObject { ["allowed"] = wish is null || rbac.Allows(exchange.Who, access) };
        await exchange.WriteAsync(201, review);
    }

    private async Task IssueAsync(Exchange exchange, ApiPath path)
    {
        if ((await exchange.ReadObjectAsync()).Refused(out var bad, out var request))
        {
            await exchange.WriteAsync(bad);
            return;
        }
        var issued = tokens.Issue(path.Home, path.Name!, request);
        await (issued.Refused(out var refused, out var answer) ? exchange.WriteAsync(refused) : exchange.WriteAsync(201, answer));
    }

    private Identity? Authenticate(HttpContext http)
    {
        const string scheme = "Bearer ";
        var header = http.Request.Headers.Authorization.ToString();
        return header.StartsWith(scheme, StringComparison.OrdinalIgnoreCase) ? tokens.Identify(header[scheme.Length..].Trim()) : null;
    }
}
