using System.Globalization;
using System.Text;

namespace Marketplace.Billing.Payments.Stripe;

/// <summary>Parameters of a call in the API's form encoding: <c>metadata[key]</c>, <c>expand[]</c>, <c>automatic_payment_methods[enabled]</c>.</summary>
internal sealed class StripeForm
{
    private readonly List<(string Name, string Value)> fields = [];

    /// <summary>Adds a parameter; nothing for null.</summary>
    public StripeForm Add(string name, string? value)
    {
        if (value is not null)
            fields.Add((name, value));
        return this;
    }

    public StripeForm Add(string name, long? value) => Add(name, value?.ToString(CultureInfo.InvariantCulture));

    public StripeForm Add(string name, bool value) => Add(name, value ? "true" : "false");

    public StripeForm Metadata(string key, string? value) => Add($"metadata[{key}]", value);

    public StripeForm Expand(params ReadOnlySpan<string> paths)
    {
        foreach (string path in paths)
            fields.Add(("expand[]", path));
        return this;
    }

    /// <summary>As a body or a query. Brackets are escaped as every other reserved character.</summary>
    public override string ToString()
    {
        var text = new StringBuilder();
        foreach (var (name, value) in fields)
        {
            if (text.Length > 0)
                text.Append('&');
            text.Append(Uri.EscapeDataString(name)).Append('=').Append(Uri.EscapeDataString(value));
        }
        return text.ToString();
    }
}
