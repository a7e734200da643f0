using System.Text.Json.Nodes;
using Marketplace.Simulator.Access;
using Marketplace.Simulator.Api;
using Marketplace.Simulator.Patching;
using Marketplace.Simulator.Resources;
using Marketplace.Simulator.Store;

namespace Marketplace.Simulator.Http;

/// <summary>POST, PUT, PATCH and DELETE of objects.</summary>
internal sealed class WriteVerbs(ClusterApi api, Rbac rbac)
{
    public async Task CreateAsync(Exchange exchange, ApiPath path)
    {
        if ((await exchange.ReadObjectAsync()).Refused(out var bad, out var body))
        {
            await exchange.WriteAsync(bad);
            return;
        }
        if (path.Type.Namespaced && path.Namespace is null)
        {
            await exchange.WriteAsync(ApiFailure.MethodNotAllowed());
            return;
        }
        if (rbac.RefuseEscalation(exchange.Who, path.Type, path.Namespace, body) is { } escalation)
        {
            await exchange.WriteAsync(escalation);
            return;
        }
        await AnswerAsync(exchange, 201, api.Create(exchange.Caller, path.Type, path.Home, body));
    }

    public async Task ReplaceAsync(Exchange exchange, ApiPath path)
    {
        if ((await exchange.ReadObjectAsync()).Refused(out var bad, out var body))
        {
            await exchange.WriteAsync(bad);
            return;
        }
        if (rbac.RefuseEscalation(exchange.Who, path.Type, path.Namespace, body) is { } escalation)
        {
            await exchange.WriteAsync(escalation);
            return;
        }
        await AnswerAsync(exchange, 200, api.Replace(exchange.Caller, path.Type, path.Home, path.Name!, body, path.Subresource));
    }

    public async Task PatchAsync(Exchange exchange, ApiPath path)
    {
        var contentType = exchange.Http.Request.ContentType?.Split(';')[0].Trim() ?? "";
        if ((await exchange.ReadAsync()).Refused(out var bad, out var body))
        {
            await exchange.WriteAsync(bad);
            return;
        }
        if (contentType == "application/apply-patch+yaml")
        {
            if (body is not JsonObject config)
            {
                await exchange.WriteAsync(ApiFailure.BadRequest("an apply configuration is an object"));
                return;
            }
            var isNew = api.Store.Get(path.Type, path.Home, path.Name!) is null;
            var create = new AccessRequest("create", path.Type.Group, path.Type.Plural, path.Namespace, path.Name);
            if (isNew && !rbac.Allows(exchange.Who, create))
            {
                await exchange.WriteAsync(rbac.Refuse(exchange.Who, create));
                return;
            }
            if (rbac.RefuseEscalation(exchange.Who, path.Type, path.Namespace, config) is { } escalation)
            {
                await exchange.WriteAsync(escalation);
                return;
            }
            var caller = exchange.Caller with { Manager = exchange.Query("fieldManager") };
            var applied = api.Apply(caller, path.Type, path.Home, path.Name!, config, exchange.Flag("force"), path.Subresource);
            await AnswerAsync(exchange, isNew ? 201 : 200, applied);
            return;
        }
        Func<JsonObject, Answer<JsonObject>>? edit = (contentType, body) switch
        {
            ("application/json-patch+json", _) => tree => JsonPatch.Apply(tree, body),
            ("application/merge-patch+json", JsonObject patch) => tree => MergePatch.Apply(tree, patch),
            ("application/strategic-merge-patch+json", JsonObject patch) => tree => StrategicMerge.Apply(tree, patch),
            _ => null,
        };
        if (edit is null)
        {
            await exchange.WriteAsync(ApiFailure.UnsupportedMediaType(contentType));
            return;
        }
        Answer<JsonObject> Guarded(JsonObject tree)
        {
            if (edit(tree).Refused(out var refused, out var edited))
            {
                return refused;
            }
            return rbac.RefuseEscalation(exchange.Who, path.Type, path.Namespace, edited) is { } escalation ? escalation : edited;
        }
        await AnswerAsync(exchange, 200, api.Change(exchange.Caller, path.Type, path.Home, path.Name!, Guarded, path.Subresource));
    }

    public async Task DeleteAsync(Exchange exchange, ApiPath path)
    {
        if ((await ReadWishAsync(exchange)).Refused(out var bad, out var wish))
        {
            await exchange.WriteAsync(bad);
            return;
        }
        if (api.Delete(exchange.Caller, path.Type, path.Home, path.Name!, wish).Refused(out var refused, out var deletion))
        {
            await exchange.WriteAsync(refused);
            return;
        }
        // As the real server: the pod itself while its node still has it, a Status once it is gone.
        if (deletion.Gone && path.Type != ResourceCatalog.Pods)
        {
            await exchange.WriteAsync(200, Exchange.Success(path.Type, deletion.Object));
            return;
        }
        await exchange.WriteAsync(200, deletion.Object.Utf8);
    }

    public async Task DeleteAllAsync(Exchange exchange, ApiPath path)
    {
        if (Selector.Parse(exchange.Query("labelSelector"), exchange.Query("fieldSelector")).Refused(out var bad, out var selector))
        {
            await exchange.WriteAsync(bad);
            return;
        }
        if ((await ReadWishAsync(exchange)).Refused(out bad, out var wish))
        {
            await exchange.WriteAsync(bad);
            return;
        }
        var (items, version) = api.Store.List(path.Type, path.Namespace, selector);
        foreach (var item in items)
        {
            // One that somebody else deleted meanwhile is what was asked for.
            api.Delete(exchange.Caller, item.Type, item.Namespace, item.Name, wish);
        }
        await exchange.WriteAsync(
            200,
            new JsonObject
            {
                ["kind"] = path.Type.Kind + "List",
                ["apiVersion"] = path.Type.ApiVersion,
                ["metadata"] = new JsonObject { ["resourceVersion"] = version.ToString(System.Globalization.CultureInfo.InvariantCulture) },
                ["items"] = new JsonArray([.. items.Select(i => i.Open())]),
            }
        );
    }

    private static async Task<Answer<DeleteWish>> ReadWishAsync(Exchange exchange)
    {
        JsonObject? options = null;
        if (
            exchange.Http.Request.ContentLength is > 0
            || exchange.Http.Request.Headers.TransferEncoding.Count > 0
            || exchange.Http.Request.ContentType is not null
        )
        {
            if ((await exchange.ReadBytesAsync()).Refused(out var bad, out var bytes))
            {
                return bad;
            }
            if (bytes.Length > 0)
            {
                try
                {
                    options = KubeProtobuf.IsProtobuf(bytes) ? KubeProtobuf.ReadDeleteOptions(bytes) : Json.Parse(bytes) as JsonObject;
                }
                catch (Exception e) when (e is System.Text.Json.JsonException or FormatException)
                {
                    return ApiFailure.BadRequest($"the delete options are not readable: {e.Message}");
                }
            }
        }
        var orphan = options.Flag("orphanDependents") || exchange.Flag("orphanDependents");
        var propagation = options.Text("propagationPolicy") ?? exchange.Query("propagationPolicy") ?? (orphan ? "Orphan" : "Background");
        if (propagation is not ("Background" or "Foreground" or "Orphan"))
        {
            return ApiFailure.BadRequest($"propagationPolicy: Unsupported value: \"{propagation}\": use Background, Foreground or Orphan");
        }
        return new DeleteWish
        {
            GraceSeconds = options.Whole("gracePeriodSeconds") ?? exchange.Number("gracePeriodSeconds"),
            Propagation = propagation,
            Uid = options.Text("preconditions", "uid"),
            ResourceVersion = options.Text("preconditions", "resourceVersion"),
        };
    }

    private static Task AnswerAsync(Exchange exchange, int code, Answer<StoredObject> answer) =>
        answer.Refused(out var refused, out var item) ? exchange.WriteAsync(refused) : exchange.WriteAsync(code, item);
}
