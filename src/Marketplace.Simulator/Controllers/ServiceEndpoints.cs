using System.Text.Json.Nodes;
using Marketplace.Simulator.Api;
using Marketplace.Simulator.Resources;
using Marketplace.Simulator.Store;

namespace Marketplace.Simulator.Controllers;

/// <summary>Endpoints: the addresses of a Service's ready pods.</summary>
internal sealed class ServiceEndpoints(ClusterApi api) : Controller(api)
{
    public override IEnumerable<ObjectKey> Everything() => Keys(ResourceCatalog.Services);

    public override IEnumerable<ObjectKey> ConcernedBy(Change change)
    {
        var item = change.Object;
        if (item.Type == ResourceCatalog.Services)
        {
            yield return item.Key;
        }
        else if (item.Type == ResourceCatalog.Pods)
        {
            foreach (var service in Store.List(ResourceCatalog.Services, item.Namespace, Selector.Everything).Items)
            {
                if (Selects(service.Open(), item))
                {
                    yield return service.Key;
                }
            }
        }
    }

    public override TimeSpan? Reconcile(ObjectKey key)
    {
        var endpoints = Store.Get(ResourceCatalog.Endpoints, key.Namespace, key.Name);
        if (Store.Get(ResourceCatalog.Services, key.Namespace, key.Name) is not { Terminating: false } service)
        {
            if (endpoints is not null)
            {
                Api.Delete(Caller.System, endpoints.Type, key.Namespace, key.Name, new DeleteWish { Uid = endpoints.Uid });
            }
            return null;
        }
        var tree = service.Open();
        if (tree.Map("spec", "selector") is not { Count: > 0 })
        {
            return null;
        }
        var pods = Store.List(ResourceCatalog.Pods, key.Namespace, Selector.Everything).Items.Where(p => Selects(tree, p)).ToList();
        var subsets = Subsets(tree, pods);
        if (endpoints is null)
        {
            var body = new JsonObject
            {
                ["metadata"] = new JsonObject { ["name"] = key.Name },
                ["subsets"] = subsets,
            };
            // In a namespace that is going away the refusal is final and right.
            Api.Create(Caller.System, ResourceCatalog.Endpoints, key.Namespace, body);
            return null;
        }
        Api.Change(
            Caller.System,
            endpoints.Type,
            key.Namespace,
            key.Name,
            t =>
            {
                t["subsets"] = subsets;
                return t;
            },
            subresource: null
        );
        return null;
    }

    private static bool Selects(JsonObject service, StoredObject pod)
    {
        var selector = service.TextMap("spec", "selector");
        return selector.Count > 0 && selector.All(s => pod.Labels.GetValueOrDefault(s.Key) == s.Value);
    }

    private static JsonArray Subsets(JsonObject service, List<StoredObject> pods)
    {
        var ready = new JsonArray();
        var notReady = new JsonArray();
        JsonObject? sample = null;
        foreach (var pod in pods.Where(p => p is { Terminating: false } && !PodResources.IsFinished(p)))
        {
            var tree = pod.Open();
            if (tree.Text("status", "podIP") is not { } address)
            {
                continue;
            }
            sample ??= tree;
            var entry = new JsonObject
            {
                ["ip"] = address,
                ["nodeName"] = pod.NodeName,
                ["targetRef"] = new JsonObject
                {
                    ["kind"] = "Pod",
                    ["namespace"] = pod.Namespace,
                    ["name"] = pod.Name,
                    ["uid"] = pod.Uid,
                },
            };
            (Conditions.Is(tree, "Ready") ? ready : notReady).Add(entry);
        }
        if (sample is null)
        {
            return [];
        }
        var subset = new JsonObject();
        if (ready.Count > 0)
        {
            subset["addresses"] = ready;
        }
        if (notReady.Count > 0)
        {
            subset["notReadyAddresses"] = notReady;
        }
        var ports = new JsonArray();
        foreach (var port in service.Items("spec", "ports"))
        {
            var entry = new JsonObject { ["port"] = Target(port, sample), ["protocol"] = port.Text("protocol") ?? "TCP" };
            if (port.Text("name") is { } name)
            {
                entry["name"] = name;
            }
            ports.Add(entry);
        }
        subset["ports"] = ports;
        return new JsonArray(subset);
    }

    // A named target port is looked up in the pod's containers.
    private static long Target(JsonObject port, JsonObject pod)
    {
        if (port.Whole("targetPort") is { } number)
        {
            return number;
        }
        var name = port.Text("targetPort");
        var found = pod.Items("spec", "containers").SelectMany(c => c.Items("ports")).FirstOrDefault(p => p.Text("name") == name);
        return found.Whole("containerPort") ?? port.Whole("port") ?? 0;
    }
}
