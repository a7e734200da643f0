using Marketplace.Platform.Monetary;
using Marketplace.Web.Components.Shared.Actions;

namespace Marketplace.Web.Components.Shared.Forms;

/// <summary>The marketplace's currencies, to choose one.</summary>
public static class CurrencyChoices
{
    public static IReadOnlyList<Choice<string>> All { get; } = [.. Currency.All.Select(c => new Choice<string>(c.Code, c.Code))];
}
