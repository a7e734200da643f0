using Marketplace.Billing.Contracts;
using Marketplace.Platform.Outcomes;

namespace Marketplace.Billing.Payments;

/// <summary>Without a provider of cards there is nothing to save.</summary>
internal sealed class NoPaymentMethods : IPaymentMethods
{
    private static Problem NoCards =>
        Problem.Conflict("no-cards", "Cards are not taken here. Credit is added by invoice or bank transfer.");

    public Task<Outcome<IReadOnlyList<PaymentMethodView>>> ListAsync(CancellationToken ct) =>
        Task.FromResult(Outcome<IReadOnlyList<PaymentMethodView>>.Fail(NoCards));

    public Task<Outcome<MethodSetup>> BeginAsync(CancellationToken ct) => Task.FromResult(Outcome<MethodSetup>.Fail(NoCards));

    public Task<Outcome<Uri?>> AddTestCardAsync(string token, CancellationToken ct) => Task.FromResult(Outcome<Uri?>.Fail(NoCards));

    public Task<Outcome<Done>> MakeDefaultAsync(string methodId, CancellationToken ct) => Task.FromResult(Outcome<Done>.Fail(NoCards));

    public Task<Outcome<Done>> RemoveAsync(string methodId, CancellationToken ct) => Task.FromResult(Outcome<Done>.Fail(NoCards));
}
