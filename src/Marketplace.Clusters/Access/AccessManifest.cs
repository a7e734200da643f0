using System.Text;
using System.Text.Json.Nodes;
using Marketplace.Clusters.Workloads;

namespace Marketplace.Clusters.Access;

/// <summary>The roles a center gives us, to be read before they are applied.</summary>
public static class AccessManifest
{
    /// <summary>The cluster role with <see cref="ClusterRight.Needed"/>.</summary>
    public const string ProductRole = "compute-marketplace";

    /// <summary>The cluster role customers are bound to in a dedicated namespace, and nowhere else.</summary>
    public const string TenantRole = "compute-marketplace-tenant";

    internal const string Group = "rbac.authorization.k8s.io";

    private const string How = """
        # What the marketplace needs in a cluster. As an administrator, apply this file and give the first role to the account of your kubeconfig:
        #   kubectl apply -f access.yaml
        #   kubectl create clusterrolebinding compute-marketplace --clusterrole=compute-marketplace --serviceaccount=NAMESPACE:NAME
        # (for a user instead of a service account: --user=NAME)

        """;

    /// <summary>Both roles as YAML, for <c>kubectl apply -f</c>.</summary>
    public static string Yaml { get; } = Write();

    /// <summary>Both roles as objects.</summary>
    internal static IReadOnlyList<JsonObject> Roles =>
        [RoleOf(ProductRole, ClusterRight.Needed), NamespaceManifests.TenantRole(marked: true)];

    /// <summary>A cluster role with these rights.</summary>
    internal static JsonObject RoleOf(string name, IEnumerable<ClusterRight> rights) =>
        new()
        {
            ["apiVersion"] = $"{Group}/v1",
            ["kind"] = "ClusterRole",
            ["metadata"] = new JsonObject { ["name"] = name },
            ["rules"] = new JsonArray([
                .. rights.GroupBy(r => (r.Group, r.Resource, r.Name)).Select(g => (JsonNode)Rule(g.Key, g.Select(r => r.Verb))),
            ]),
        };

    private static JsonObject Rule((string Group, string Resource, string? Name) about, IEnumerable<string> verbs)
    {
        var rule = new JsonObject { ["apiGroups"] = Objects.List([about.Group]), ["resources"] = Objects.List([about.Resource]) };
        if (about.Name is { } name)
        {
            rule["resourceNames"] = Objects.List([name]);
        }

        rule["verbs"] = Objects.List(verbs);
        return rule;
    }

    private static string Write()
    {
        var text = new StringBuilder(How.ReplaceLineEndings("\n"));
        foreach (var role in Roles)
        {
            text.Append("---\n");
            WriteMap(text, role, indent: "");
        }

        return text.ToString();
    }

    // Block style for objects, one line for a list of words: as people write roles.
    private static void WriteMap(StringBuilder text, JsonObject map, string indent)
    {
        var lead = indent;
        foreach (var (key, value) in map)
        {
            text.Append(lead).Append(key).Append(':');
            switch (value)
            {
                case JsonObject inner:
                    text.Append('\n');
                    WriteMap(text, inner, indent + "  ");
                    break;
                case JsonArray list when list.All(i => i is JsonObject):
                    text.Append('\n');
                    foreach (var item in list)
                    {
                        text.Append(indent).Append("- ");
                        var at = text.Length;
                        WriteMap(text, item!.AsObject(), indent + "  ");
                        // The first line of an item stands behind its dash.
                        text.Remove(at, indent.Length + 2);
                    }

                    break;
                case JsonArray words:
                    text.Append(" [").AppendJoin(", ", words.Select(w => Quoted((string)w!))).Append("]\n");
                    break;
                default:
                    text.Append(' ').Append(Quoted((string)value!)).Append('\n');
                    break;
            }
        }
    }

    private static string Quoted(string text) =>
        text.Length > 0 && text.All(c => char.IsAsciiLetter(c) || c is '-' or '/' or '.') ? text : $"\"{text}\"";
}
