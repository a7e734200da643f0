using Marketplace.Billing.Contracts;
using Marketplace.Platform.Monetary;
using Marketplace.Platform.Outcomes;
using Marketplace.Platform.Pages;
using Marketplace.Platform.Parties;

namespace Marketplace.Billing.Credits;

internal sealed class VoucherDesk(ActorContext actor, Grants grants, Campaigns campaigns, RedeemVoucher redeem) : IVouchers
{
    public Task<IReadOnlyList<GrantView>> GrantsAsync(Currency currency, CancellationToken ct) =>
        grants.ListAsync(actor.Current.PartyId, currency, ct);

    public Task<Outcome<RedemptionView>> RedeemAsync(string code, string idempotencyKey, CancellationToken ct) =>
        redeem.RedeemAsync(code, idempotencyKey, ct);

    public Task<Outcome<NewCampaign>> CreateAsync(CampaignRequest request, CancellationToken ct) => campaigns.CreateAsync(request, ct);

    public Task<Outcome<Page<CampaignView>>> CampaignsAsync(PageQuery query, CancellationToken ct) => campaigns.ListAsync(query, ct);

    public Task<Outcome<CampaignView>> CloseAsync(string campaignId, CancellationToken ct) => campaigns.CloseAsync(campaignId, ct);
}
