using System.Globalization;
using System.Text.Json.Nodes;
using Marketplace.Simulator.Api;
using Marketplace.Simulator.Patching;
using Marketplace.Simulator.Store;

namespace Marketplace.Simulator.Http;

/// <summary>The scale subresource: a view of replicas that `kubectl scale` and autoscalers write.</summary>
internal sealed class ScaleVerbs(ClusterApi api)
{
    public async Task GetAsync(Exchange exchange, ApiPath path)
    {
        await (
            api.Get(path.Type, path.Home, path.Name!).Refused(out var refused, out var item)
                ? exchange.WriteAsync(refused)
                : exchange.WriteAsync(200, View(item))
        );
    }

    public async Task WriteAsync(Exchange exchange, ApiPath path)
    {
        if ((await exchange.ReadAsync()).Refused(out var bad, out var body))
        {
            await exchange.WriteAsync(bad);
            return;
        }
        var isPatch = exchange.Http.Request.Method == "PATCH";
        var isJsonPatch = exchange.Http.Request.ContentType?.StartsWith("application/json-patch+json", StringComparison.Ordinal) == true;
        Answer<JsonObject> Edit(JsonObject tree)
        {
            var view = View(StoredObject.Freeze(path.Type, tree.Copy(), version: 0));
            JsonObject wanted;
            if (isJsonPatch)
            {
                if (JsonPatch.Apply(view, body).Refused(out var refused, out wanted!))
                {
                    return refused;
                }
            }
            else if (body is JsonObject given)
            {
                wanted = isPatch ? MergePatch.Apply(view, given) : given;
            }
            else
            {
                return ApiFailure.BadRequest("a Scale is an object");
            }
            if ((wanted["spec"] is null ? 0 : wanted.Whole("spec", "replicas")) is not ({ } replicas and >= 0))
            {
                return ApiFailure.Invalid(
                    path.Type,
                    path.Name!,
                    FieldCause.Invalid("spec.replicas", wanted.At("spec", "replicas")?.ToString(), "must be greater than or equal to 0")
                );
            }
            tree.Ensure("spec")["replicas"] = replicas;
            // Only what the client itself sent is a precondition; the view's own version is not.
            if (body.Text("metadata", "resourceVersion") is { Length: > 0 } version)
            {
                tree.Ensure("metadata")["resourceVersion"] = version;
            }
            return tree;
        }
        var changed = api.Change(exchange.Caller, path.Type, path.Home, path.Name!, Edit, subresource: null);
        await (changed.Refused(out var no, out var item) ? exchange.WriteAsync(no) : exchange.WriteAsync(200, View(item)));
    }

    private static JsonObject View(StoredObject item)
    {
        var tree = item.Open();
        var selector = string.Join(",", tree.TextMap("spec", "selector", "matchLabels").Select(p => $"{p.Key}={p.Value}"));
        return new JsonObject
        {
            ["kind"] = "Scale",
            ["apiVersion"] = "autoscaling/v1",
            ["metadata"] = new JsonObject
            {
                ["name"] = item.Name,
                ["namespace"] = item.Namespace,
                ["uid"] = item.Uid,
                ["resourceVersion"] = item.Version.ToString(CultureInfo.InvariantCulture),
                ["creationTimestamp"] = tree.Text("metadata", "creationTimestamp"),
            },
            ["spec"] = new JsonObject { ["replicas"] = tree.Whole("spec", "replicas") ?? 0 },
            ["status"] = new JsonObject { ["replicas"] = tree.Whole("status", "replicas") ?? 0, ["selector"] = selector },
        };
    }
}
