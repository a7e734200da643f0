using Marketplace.Market.Contracts;

namespace Marketplace.Web.Components.Features.Operators.Bundles;

/// <summary>A bundle while somebody writes it; the module's validator decides what is right.</summary>
public sealed class BundleForm
{
    private const string Endpoint = "Endpoint";

    public string? Title { get; set; } = "";
    public string? Summary { get; set; } = "";
    public string? Industry { get; set; } = "";
    public string Product { get; set; } = Endpoint;
    public string? WorkUnit { get; set; }
    public List<ParameterForm> Parameters { get; } = [];
    public List<RoleForm> Roles { get; } = [];

    /// <summary>Written in the YAML document only; the form keeps them as they are.</summary>
    public IReadOnlyList<BundleLink> Links { get; private init; } = [];

    public static BundleForm Empty()
    {
        var form = new BundleForm();
        form.Roles.Add(new RoleForm { Name = "main", Port = 8000 });
        form.Roles[0].Variants.Add(new VariantForm());
        return form;
    }

    public static BundleForm From(SaveBundle bundle)
    {
        ArgumentNullException.ThrowIfNull(bundle);
        var form = new BundleForm
        {
            Title = bundle.Title,
            Summary = bundle.Summary,
            Industry = bundle.Industry,
            Product = bundle.Recipe.Product,
            WorkUnit = bundle.Recipe.WorkUnit,
            Links = bundle.Recipe.Links,
        };
        form.Parameters.AddRange(bundle.Recipe.Parameters.Select(ParameterForm.From));
        form.Roles.AddRange(bundle.Recipe.Roles.Select(RoleForm.From));
        return form;
    }

    public SaveBundle ToSave() =>
        new(
            Title ?? "",
            Summary ?? "",
            Industry ?? "",
            new BundleRecipe
            {
                Product = Product,
                WorkUnit = Text.OrNull(WorkUnit),
                Parameters = [.. Parameters.Select(p => p.ToParameter())],
                Roles = [.. Roles.Select(r => r.ToRole())],
                Links = Links,
            }
        );

    /// <summary>How many replicas a role has when the customer keeps every default; 1 when nothing says more.</summary>
    public int ReplicasOf(RoleForm role)
    {
        ArgumentNullException.ThrowIfNull(role);
        string text = role.Replicas?.Trim() ?? "";
        foreach (ParameterForm parameter in Parameters)
            text = text.Replace("{{" + parameter.Name + "}}", parameter.Default, StringComparison.Ordinal);
        return int.TryParse(text, System.Globalization.CultureInfo.InvariantCulture, out int count) && count > 0 ? count : 1;
    }
}

/// <summary>One field of the customer's form.</summary>
public sealed class ParameterForm
{
    public string? Name { get; set; } = "";
    public string? Label { get; set; } = "";
    public string? LabelZh { get; set; }
    public ParameterType Type { get; set; } = ParameterType.Integer;
    public string? Unit { get; set; }
    public bool Required { get; set; } = true;
    public string? Default { get; set; }
    public decimal? Min { get; set; }
    public decimal? Max { get; set; }
    public string? Pattern { get; set; }

    /// <summary>One a line.</summary>
    public string? Choices { get; set; }

    public static ParameterForm From(BundleParameter p)
    {
        ArgumentNullException.ThrowIfNull(p);
        return new ParameterForm
        {
            Name = p.Name,
            Label = p.Label,
            LabelZh = p.LabelZh,
            Type = p.Type,
            Unit = p.Unit,
            Required = p.Required,
            Default = p.Default,
            Min = p.Min,
            Max = p.Max,
            Pattern = p.Pattern,
            Choices = string.Join('\n', p.Choices),
        };
    }

    public BundleParameter ToParameter() =>
        new()
        {
            Name = Name?.Trim() ?? "",
            Label = Label ?? "",
            LabelZh = Text.OrNull(LabelZh),
            Type = Type,
            Unit = Text.OrNull(Unit),
            Required = Required,
            Default = Text.OrNull(Default),
            Min = Type is ParameterType.Integer or ParameterType.Number ? Min : null,
            Max = Type is ParameterType.Integer or ParameterType.Number ? Max : null,
            Pattern = Type == ParameterType.Text ? Text.OrNull(Pattern) : null,
            Choices = Type == ParameterType.Choice ? Text.Lines(Choices) : [],
        };
}

/// <summary>Texts of a form as a recipe has them.</summary>
internal static class Text
{
    public static string? OrNull(string? text) => string.IsNullOrWhiteSpace(text) ? null : text.Trim();

    public static string[] Lines(string? text) =>
        (text ?? "").Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
}
