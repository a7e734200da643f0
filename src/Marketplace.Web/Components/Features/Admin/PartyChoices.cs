using Marketplace.Market.Contracts;
using Marketplace.Platform.Outcomes;
using Marketplace.Platform.Pages;
using Marketplace.Platform.Parties;
using Marketplace.Web.Components.Shared.Actions;
using Marketplace.Web.Identity.Acting;

namespace Marketplace.Web.Components.Features.Admin;

/// <summary>The organisations of a kind by name, for the desk to choose one.</summary>
internal static class PartyChoices
{
    public static async Task<Outcome<IReadOnlyList<PartyView>>> OfAsync(PortalActions actions, PartyKinds kind, CancellationToken ct)
    {
        var query = new PartyQuery
        {
            Kind = kind,
            Sort = "name",
            Limit = PageQuery.MaxLimit,
        };
        return (await actions.RunAsync<IParties, Outcome<Page<PartyView>>>(p => p.ListAsync(query, ct))).Map(page => page.Items);
    }

    public static IReadOnlyList<Choice<string>> ToChoices(this IReadOnlyList<PartyView> parties) =>
        [.. parties.Select(p => new Choice<string>(p.Id, p.Name))];
}
