using Marketplace.Billing.Contracts;
using Marketplace.Web.Components.Shared;

namespace Marketplace.Web.Components.Features.Payouts;

internal static class PayoutTones
{
    public static Tone Of(PayoutState state) =>
        state switch
        {
            PayoutState.Accrued or PayoutState.Eligible => Tone.Waiting,
            PayoutState.Approved or PayoutState.Submitted => Tone.Moving,
            PayoutState.Paid => Tone.Running,
            PayoutState.Held or PayoutState.Returned => Tone.Failed,
            _ => throw new ArgumentOutOfRangeException(nameof(state), state, "No tone for this state."),
        };
}
