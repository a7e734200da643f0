using System.Text.Json.Nodes;
using Marketplace.Simulator.Resources;

namespace Marketplace.Simulator.Http;

/// <summary>/version, /api, /apis and the resource lists, from the catalog.</summary>
internal static class Discovery
{
    private static readonly string[] FullVerbs = ["create", "delete", "deletecollection", "get", "list", "patch", "update", "watch"];

    public static JsonObject Version =>
        new()
        {
            ["major"] = "1",
            ["minor"] = "33",
            ["gitVersion"] = "v1.33.0+simulated",
            ["gitCommit"] = "",
            ["gitTreeState"] = "clean",
            ["buildDate"] = "1970-01-01T00:00:00Z",
            ["goVersion"] = "none",
            ["compiler"] = "dotnet",
            ["platform"] = "linux/amd64",
        };

    /// <summary>The discovery document at a path, or null when the path is none.</summary>
    public static JsonObject? At(string path)
    {
        switch (path.Split('/', StringSplitOptions.RemoveEmptyEntries))
        {
            case ["version"]:
                return Version;
            case ["api"]:
                return new JsonObject
                {
                    ["kind"] = "APIVersions",
                    ["versions"] = new JsonArray("v1"),
                    ["serverAddressByClientCIDRs"] = new JsonArray(),
                };
            case ["apis"]:
                return new JsonObject
                {
                    ["kind"] = "APIGroupList",
                    ["apiVersion"] = "v1",
                    ["groups"] = new JsonArray([.. ResourceCatalog.Groups.Select(g => Group(g.Key, embedded: true))]),
                };
            case ["apis", var group] when ResourceCatalog.Groups.Any(g => g.Key == group):
                return Group(group, embedded: false);
            case ["api", "v1"]:
                return Resources("", "v1");
            case ["apis", var group, var version]
                when ResourceCatalog.All.Any(t => t.Group == group && t.Version == version && group.Length > 0):
                return Resources(group, version);
            default:
                return null;
        }
    }

    private static JsonObject Group(string name, bool embedded)
    {
        static JsonObject Described(string group, string version) =>
            new() { ["groupVersion"] = $"{group}/{version}", ["version"] = version };
        var versions = ResourceCatalog.All.Where(t => t.Group == name).Select(t => t.Version).Distinct(StringComparer.Ordinal).ToList();
        var document = new JsonObject
        {
            ["name"] = name,
            ["versions"] = new JsonArray([.. versions.Select(v => Described(name, v))]),
            ["preferredVersion"] = Described(name, versions[0]),
        };
        if (!embedded)
        {
            document["kind"] = "APIGroup";
            document["apiVersion"] = "v1";
        }
        return document;
    }

    private static JsonObject Resources(string group, string version)
    {
        var list = new JsonArray();
        foreach (var type in ResourceCatalog.All.Where(t => t.Group == group && t.Version == version))
        {
            list.Add(Resource(type));
            foreach (var (sub, kind, subGroup, subVersion, verbs) in Subresources(type))
            {
                var entry = new JsonObject
                {
                    ["name"] = $"{type.Plural}/{sub}",
                    ["singularName"] = "",
                    ["namespaced"] = type.Namespaced,
                    ["kind"] = kind,
                    ["verbs"] = new JsonArray([.. verbs.Select(v => (JsonNode)v)]),
                };
                if (subVersion.Length > 0)
                {
                    entry["group"] = subGroup;
                    entry["version"] = subVersion;
                }
                list.Add(entry);
            }
        }
        return new JsonObject
        {
            ["kind"] = "APIResourceList",
            ["apiVersion"] = "v1",
            ["groupVersion"] = group.Length == 0 ? version : $"{group}/{version}",
            ["resources"] = list,
        };
    }

    private static JsonObject Resource(ResourceType type)
    {
        var entry = new JsonObject
        {
            ["name"] = type.Plural,
            ["singularName"] = type.Singular,
            ["namespaced"] = type.Namespaced,
            ["kind"] = type.Kind,
            ["verbs"] = new JsonArray([.. (type.CreateOnly ? ["create"] : FullVerbs).Select(v => (JsonNode)v)]),
        };
        if (type.ShortNames.Length > 0)
        {
            entry["shortNames"] = new JsonArray([.. type.ShortNames.Select(s => (JsonNode)s)]);
        }
        if (type.Categories.Length > 0)
        {
            entry["categories"] = new JsonArray([.. type.Categories.Select(s => (JsonNode)s)]);
        }
        return entry;
    }

    private static IEnumerable<(string Sub, string Kind, string Group, string Version, string[] Verbs)> Subresources(ResourceType type)
    {
        if (type.HasStatus)
        {
            yield return ("status", type.Kind, "", "", ["get", "patch", "update"]);
        }
        if (type.HasScale)
        {
            yield return ("scale", "Scale", "autoscaling", "v1", ["get", "patch", "update"]);
        }
        if (type == ResourceCatalog.Pods)
        {
            yield return ("log", "Pod", "", "", ["get"]);
            yield return ("binding", "Binding", "", "", ["create"]);
            yield return ("eviction", "Eviction", "policy", "v1", ["create"]);
        }
        if (type == ResourceCatalog.Namespaces)
        {
            yield return ("finalize", "Namespace", "", "", ["update"]);
        }
        if (type == ResourceCatalog.ServiceAccounts)
        {
            yield return ("token", "TokenRequest", "authentication.k8s.io", "v1", ["create"]);
        }
    }
}
