using System.Text.Json.Nodes;
using Marketplace.Simulator.Api;

namespace Marketplace.Simulator.Store;

/// <summary>A parsed labelSelector and fieldSelector.</summary>
internal sealed class Selector
{
    public static readonly Selector Everything = new([], []);

    private readonly IReadOnlyList<Requirement> onLabels;
    private readonly IReadOnlyList<Requirement> onFields;

    private Selector(IReadOnlyList<Requirement> labels, IReadOnlyList<Requirement> fields)
    {
        onLabels = labels;
        onFields = fields;
    }

    public bool MatchesAll => onLabels.Count == 0 && onFields.Count == 0;

    /// <summary>The exact name asked for, when the field selector pins one: lists and watches then need not look at the rest.</summary>
    public string? PinnedName =>
        onFields.FirstOrDefault(f => f is { Key: "metadata.name", Operator: Operator.In, Values.Count: 1 })?.Values[0];

    public bool Matches(StoredObject item)
    {
        foreach (var requirement in onLabels)
        {
            if (!requirement.Accepts(item.Labels.TryGetValue(requirement.Key, out var value) ? value : null))
            {
                return false;
            }
        }
        JsonObject? tree = null;
        foreach (var requirement in onFields)
        {
            var value = requirement.Key switch
            {
                "metadata.name" => item.Name,
                "metadata.namespace" => item.Namespace,
                "spec.nodeName" => item.NodeName,
                "status.phase" => item.Phase,
                _ => (tree ??= item.Open()).At(requirement.Key.Split('.')) switch
                {
                    null => "",
                    JsonValue scalar => scalar.ToString(),
                    _ => "",
                },
            };
            if (!requirement.Accepts(value))
            {
                return false;
            }
        }
        return true;
    }

    public static bool MatchesLabels(JsonObject? labelSelector, IReadOnlyDictionary<string, string> labels)
    {
        if (labelSelector is null)
        {
            return false;
        }
        foreach (var (key, value) in labelSelector.TextMap("matchLabels"))
        {
            if (!labels.TryGetValue(key, out var there) || there != value)
            {
                return false;
            }
        }
        foreach (var expression in labelSelector.Items("matchExpressions"))
        {
            var values = (expression["values"] as JsonArray)?.Select(v => v?.ToString() ?? "").ToList() ?? [];
            var op = expression.Text("operator") switch
            {
                "In" => Operator.In,
                "NotIn" => Operator.NotIn,
                "Exists" => Operator.Exists,
                "DoesNotExist" => Operator.DoesNotExist,
                _ => Operator.Never,
            };
            var key = expression.Text("key") ?? "";
            if (!new Requirement(key, op, values).Accepts(labels.TryGetValue(key, out var there) ? there : null))
            {
                return false;
            }
        }
        return true;
    }

    public static Answer<Selector> Parse(string? labelSelector, string? fieldSelector)
    {
        var labels = new List<Requirement>();
        foreach (var term in Terms(labelSelector))
        {
            if (ParseLabel(term) is not { } requirement)
            {
                return ApiFailure.BadRequest($"unable to parse requirement: found '{term}' in the label selector");
            }
            labels.Add(requirement);
        }
        var fields = new List<Requirement>();
        foreach (var term in Terms(fieldSelector))
        {
            var not = term.IndexOf("!=", StringComparison.Ordinal);
            var at = not >= 0 ? not : term.IndexOf('=', StringComparison.Ordinal);
            if (at <= 0)
            {
                return ApiFailure.BadRequest($"invalid field selector: '{term}'; write field=value or field!=value");
            }
            var value = term[(at + (not >= 0 || term.AsSpan(at).StartsWith("==") ? 2 : 1))..];
            fields.Add(new Requirement(term[..at].Trim(), not >= 0 ? Operator.NotIn : Operator.In, [value.Trim()]));
        }
        return labels.Count + fields.Count == 0 ? Everything : new Selector(labels, fields);
    }

    private static Requirement? ParseLabel(string term)
    {
        var text = term.Trim();
        if (text.StartsWith('!'))
        {
            return new Requirement(text[1..].Trim(), Operator.DoesNotExist, []);
        }
        foreach (var (word, op) in new[] { (" notin ", Operator.NotIn), (" in ", Operator.In) })
        {
            var at = text.IndexOf(word, StringComparison.Ordinal);
            if (at > 0)
            {
                var list = text[(at + word.Length)..].Trim();
                return list.StartsWith('(') && list.EndsWith(')')
                    ? new Requirement(text[..at].Trim(), op, [.. list[1..^1].Split(',').Select(v => v.Trim())])
                    : null;
            }
        }
        var not = text.IndexOf("!=", StringComparison.Ordinal);
        if (not > 0)
        {
            return new Requirement(text[..not].Trim(), Operator.NotIn, [text[(not + 2)..].Trim()]);
        }
        var equal = text.IndexOf('=', StringComparison.Ordinal);
        if (equal > 0)
        {
            return new Requirement(text[..equal].Trim(), Operator.In, [text[(equal + 1)..].TrimStart('=').Trim()]);
        }
        return text.Length > 0 && equal < 0 && !text.AsSpan().ContainsAny(" ()") ? new Requirement(text, Operator.Exists, []) : null;
    }

    // A comma separates terms, but not inside "in (a, b)".
    private static IEnumerable<string> Terms(string? text)
    {
        if (string.IsNullOrWhiteSpace(text))
        {
            yield break;
        }
        var depth = 0;
        var from = 0;
        for (var i = 0; i <= text.Length; i++)
        {
            if (i == text.Length || (text[i] == ',' && depth == 0))
            {
                yield return text[from..i];
                from = i + 1;
                continue;
            }
            depth += text[i] switch
            {
                '(' => 1,
                ')' => -1,
                _ => 0,
            };
        }
    }

    private enum Operator
    {
        In,
        NotIn,
        Exists,
        DoesNotExist,
        Never,
    }

    private sealed record Requirement(string Key, Operator Operator, IReadOnlyList<string> Values)
    {
        public bool Accepts(string? value) =>
            Operator switch
            {
                Operator.In => value is not null && Values.Contains(value),
                Operator.NotIn => value is null || !Values.Contains(value),
                Operator.Exists => value is not null,
                Operator.DoesNotExist => value is null,
                _ => false,
            };
    }
}
