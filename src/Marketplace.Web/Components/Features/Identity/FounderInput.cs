using Marketplace.Platform.Parties;
using Marketplace.Web.Components.Shared.Actions;
using Marketplace.Web.Identity.People;
using Marketplace.Web.Localization;

namespace Marketplace.Web.Components.Features.Identity;

/// <summary>What a person who founds an organisation gives, whichever page asks.</summary>
internal class FounderInput
{
    public static readonly IReadOnlyList<Choice<string>> Currencies =
    [
        .. Platform.Monetary.Currency.All.Select(c => new Choice<string>(c.Code, $"{c.Code} {c.Symbol}")),
    ];

    public string? Name { get; set; }
    public string? Email { get; set; }
    public string? Password { get; set; }
    public string? Organization { get; set; }
    public string? Country { get; set; } = CultureModule.IsChinese ? "CN" : null;
    public string? Currency { get; set; }

    public SignUpRequest ToRequest(PartyKinds kinds) =>
        new(Name ?? "", Email ?? "", Password ?? "", Organization ?? "", kinds, Country ?? "CN", Currency ?? "CNY", CultureModule.Language);
}
