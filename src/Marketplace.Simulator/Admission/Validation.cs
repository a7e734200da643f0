using System.Globalization;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Marketplace.Simulator.Api;
using Marketplace.Simulator.Resources;
using Marketplace.Simulator.Store;

namespace Marketplace.Simulator.Admission;

/// <summary>The refusals a real API server would give to the objects we send: names, quantities, selectors, immutable fields.</summary>
internal static partial class Validation
{
    public static IReadOnlyList<FieldCause> Check(ResourceType type, JsonObject tree, JsonObject? before)
    {
        var causes = new List<FieldCause>();
        Metadata(type, tree, causes);
        var spec = tree.Map("spec");
        switch (type.Kind)
        {
            case "Pod":
                PodSpec(spec, "spec", causes);
                if (before is not null)
                {
                    PodChange(spec!, before.Map("spec")!, causes);
                }
                break;
            case "Job":
                Template(tree, causes);
                JobRules(spec!, before?.Map("spec"), causes);
                break;
            case "Deployment" or "ReplicaSet" or "StatefulSet" or "DaemonSet":
                Template(tree, causes);
                Selects(spec!, before?.Map("spec"), causes);
                break;
            case "Service":
                foreach (var (port, i) in spec.Items("ports").Select((p, i) => (p, i)))
                {
                    Port(port.Whole("port"), $"spec.ports[{i}].port", causes);
                }
                if (spec.Text("type") != "ExternalName" && spec.Text("clusterIP") != "None" && !spec.Items("ports").Any())
                {
                    causes.Add(FieldCause.Required("spec.ports"));
                }
                break;
            case "ResourceQuota":
                Quantities(spec.Map("hard"), "spec.hard", causes);
                break;
            case "Node":
                Quantities(tree.Map("status", "capacity"), "status.capacity", causes);
                Quantities(tree.Map("status", "allocatable"), "status.allocatable", causes);
                break;
            default:
                break;
        }
        return causes;
    }

    private static void Metadata(ResourceType type, JsonObject tree, List<FieldCause> causes)
    {
        var name = tree.Text("metadata", "name") ?? "";
        if (name.Length == 0)
        {
            causes.Add(FieldCause.Required("metadata.name", "name or generateName is required"));
        }
        else if (
            type.Kind is "Namespace" or "Service"
                ? !Label().IsMatch(name) || name.Length > 63
                : type.Group != "rbac.authorization.k8s.io" && (!Subdomain().IsMatch(name) || name.Length > 253)
        )
        {
            causes.Add(
                FieldCause.Invalid(
                    "metadata.name",
                    name,
                    "a lowercase RFC 1123 name must consist of lower case letters, digits, '-' or '.', and must start and end with a letter or digit"
                )
            );
        }
        foreach (var (key, value) in tree.Map("metadata", "labels") ?? [])
        {
            if (!QualifiedKey().IsMatch(key))
            {
                causes.Add(FieldCause.Invalid("metadata.labels", key, "name part must consist of letters, digits, '-', '_' or '.'"));
            }
            var text = value?.ToString() ?? "";
            if (text.Length > 63 || !LabelValue().IsMatch(text))
            {
                causes.Add(FieldCause.Invalid("metadata.labels", text, "a valid label is at most 63 letters, digits, '-', '_' or '.'"));
            }
        }
    }

    private static void Template(JsonObject tree, List<FieldCause> causes) =>
        PodSpec(tree.Map("spec", "template", "spec"), "spec.template.spec", causes);

    private static void PodSpec(JsonObject? spec, string at, List<FieldCause> causes)
    {
        var containers = spec.Items("containers").ToList();
        if (containers.Count == 0)
        {
            causes.Add(FieldCause.Required($"{at}.containers"));
        }
        var names = new HashSet<string>(StringComparer.Ordinal);
        foreach (
            var (list, container, i) in containers
                .Select((c, i) => ("containers", c, i))
                .Concat(spec.Items("initContainers").Select((c, i) => ("initContainers", c, i)))
        )
        {
            var path = $"{at}.{list}[{i}]";
            var name = container.Text("name") ?? "";
            if (name.Length == 0)
            {
                causes.Add(FieldCause.Required($"{path}.name"));
            }
            else if (!Label().IsMatch(name) || name.Length > 63)
            {
                causes.Add(
                    FieldCause.Invalid($"{path}.name", name, "a lowercase RFC 1123 label must consist of lower case letters, digits or '-'")
                );
            }
            else if (!names.Add(name))
            {
                causes.Add(new FieldCause($"{path}.name", "FieldValueDuplicate", $"Duplicate value: \"{name}\""));
            }
            if (string.IsNullOrWhiteSpace(container.Text("image")))
            {
                causes.Add(FieldCause.Required($"{path}.image"));
            }
            Resources(container.Map("resources"), $"{path}.resources", causes);
        }
        if (spec.Text("restartPolicy") is { } policy and not ("Always" or "OnFailure" or "Never"))
        {
            causes.Add(FieldCause.Unsupported($"{at}.restartPolicy", policy, "Always", "OnFailure", "Never"));
        }
    }

    private static void Resources(JsonObject? resources, string at, List<FieldCause> causes)
    {
        var limits = resources.Map("limits");
        var requests = resources.Map("requests");
        Quantities(limits, $"{at}.limits", causes);
        Quantities(requests, $"{at}.requests", causes);
        foreach (var (resource, amount) in requests ?? [])
        {
            var asked = Quantity.Parse(amount?.ToString());
            var limited = limits?[resource] is { } limit ? Quantity.Parse(limit.ToString()) : (decimal?)null;
            if (limited < asked)
            {
                causes.Add(
                    FieldCause.Invalid(
                        $"{at}.requests",
                        amount?.ToString(),
                        $"must be less than or equal to {resource} limit of {limits![resource]}"
                    )
                );
            }
            if (IsExtended(resource) && limited != asked)
            {
                causes.Add(FieldCause.Invalid($"{at}.requests", amount?.ToString(), $"must be equal to {resource} limit"));
            }
        }
    }

    private static void Quantities(JsonObject? amounts, string at, List<FieldCause> causes)
    {
        foreach (var (resource, amount) in amounts ?? [])
        {
            var text = amount?.ToString();
            if (!Quantity.TryParse(text, out var value))
            {
                causes.Add(
                    FieldCause.Invalid(
                        $"{at}[{resource}]",
                        text,
                        "quantities must be a number with an optional suffix such as m, Ki, Mi, Gi, k, M, G"
                    )
                );
            }
            else if (value < 0)
            {
                causes.Add(FieldCause.Invalid($"{at}[{resource}]", text, "must be greater than or equal to 0"));
            }
            else if (IsExtended(resource) && value != decimal.Truncate(value))
            {
                causes.Add(FieldCause.Invalid($"{at}[{resource}]", text, "must be an integer"));
            }
        }
    }

    // Domain-qualified names outside kubernetes.io are extended resources; quota keys carry a prefix.
    private static bool IsExtended(string resource) =>
        resource.Contains('/', StringComparison.Ordinal)
        && !resource.StartsWith("requests.", StringComparison.Ordinal)
        && !resource.StartsWith("count/", StringComparison.Ordinal)
        && !resource.Contains("kubernetes.io/", StringComparison.Ordinal);

    private static void JobRules(JsonObject spec, JsonObject? before, List<FieldCause> causes)
    {
        if (spec.Text("template", "spec", "restartPolicy") is not ("Never" or "OnFailure"))
        {
            causes.Add(
                FieldCause.Unsupported(
                    "spec.template.spec.restartPolicy",
                    spec.Text("template", "spec", "restartPolicy"),
                    "OnFailure",
                    "Never"
                )
            );
        }
        foreach (var field in new[] { "parallelism", "completions", "backoffLimit", "activeDeadlineSeconds", "ttlSecondsAfterFinished" })
        {
            if (spec.Whole(field) is < 0)
            {
                causes.Add(FieldCause.Invalid($"spec.{field}", spec[field]?.ToString(), "must be greater than or equal to 0"));
            }
        }
        if (before is null)
        {
            return;
        }
        foreach (var field in new[] { "completions", "selector", "template", "completionMode" })
        {
            if (!JsonNode.DeepEquals(spec[field], before[field]))
            {
                causes.Add(FieldCause.Invalid($"spec.{field}", spec[field] is JsonValue v ? v.ToString() : "", "field is immutable"));
            }
        }
    }

    private static void Selects(JsonObject spec, JsonObject? before, List<FieldCause> causes)
    {
        if (spec.Map("selector") is not { Count: > 0 } selector)
        {
            causes.Add(FieldCause.Required("spec.selector"));
            return;
        }
        if (!Selector.MatchesLabels(selector, spec.TextMap("template", "metadata", "labels")))
        {
            causes.Add(
                FieldCause.Invalid(
                    "spec.template.metadata.labels",
                    spec.At("template", "metadata", "labels")?.ToJsonString(),
                    "`selector` does not match template `labels`"
                )
            );
        }
        if (before is not null && !JsonNode.DeepEquals(selector, before["selector"]))
        {
            causes.Add(FieldCause.Invalid("spec.selector", selector.ToJsonString(), "field is immutable"));
        }
    }

    private static readonly string[] ChangeablePodFields =
    [
        "activeDeadlineSeconds",
        "tolerations",
        "terminationGracePeriodSeconds",
        "nodeName",
    ];

    private static void PodChange(JsonObject spec, JsonObject before, List<FieldCause> causes)
    {
        static JsonObject Fixed(JsonObject spec)
        {
            var copy = spec.Copy();
            foreach (var field in ChangeablePodFields)
            {
                copy.Remove(field);
            }
            foreach (var container in copy.Items("containers").Concat(copy.Items("initContainers")))
            {
                container.Remove("image");
            }
            return copy;
        }
        if (!JsonNode.DeepEquals(Fixed(spec), Fixed(before)))
        {
            causes.Add(
                FieldCause.Forbidden(
                    "spec",
                    "pod updates may not change fields other than `spec.containers[*].image`,`spec.initContainers[*].image`,`spec.activeDeadlineSeconds`,`spec.tolerations` (only additions to existing tolerations)"
                )
            );
        }
    }

    private static void Port(long? port, string at, List<FieldCause> causes)
    {
        if (port is null or < 1 or > 65535)
        {
            causes.Add(FieldCause.Invalid(at, port?.ToString(CultureInfo.InvariantCulture), "must be between 1 and 65535, inclusive"));
        }
    }

    [GeneratedRegex("^[a-z0-9]([-a-z0-9]*[a-z0-9])?$", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Label();

    [GeneratedRegex(
        @"^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$",
        RegexOptions.ExplicitCapture,
        matchTimeoutMilliseconds: 1000
    )]
    private static partial Regex Subdomain();

    [GeneratedRegex(
        "^([a-z0-9]([-a-z0-9.]*[a-z0-9])?/)?[A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?$",
        RegexOptions.ExplicitCapture,
        matchTimeoutMilliseconds: 1000
    )]
    private static partial Regex QualifiedKey();

    [GeneratedRegex("^([A-Za-z0-9]([-A-Za-z0-9_.]*[A-Za-z0-9])?)?$", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex LabelValue();
}
