using FluentValidation;
using Marketplace.Orders.Contracts;
using Marketplace.Platform.Monetary;
using Marketplace.Platform.Outcomes;
using Marketplace.Provisioning.Contracts;

namespace Marketplace.Orders.Features.Quotes;

/// <summary>The authority on what a customer may ask for; portal forms, REST and bulk lines all pass through it.</summary>
internal sealed class WorkloadRequestValidator : AbstractValidator<WorkloadRequest>
{
    public const int MaxReplicas = 10_000;
    public const decimal MaxHours = 24 * 366;

    public WorkloadRequestValidator()
    {
        Include(new WishValidator());
        RuleFor(r => r.Name)
            .NotEmpty()
            .WithMessage("The name is missing.")
            .WithFix("Give the workload a name.")
            .Matches("^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$")
            .WithMessage("The name can have small letters, digits and hyphens, at most 63, and starts and ends with a letter or digit.")
            .WithFix("Use a name such as vision-pretrain-7.");
        RuleFor(r => r.Product).IsInEnum().WithMessage("This product does not exist.").WithFix("Use job, gangJob, endpoint or namespace.");
        RuleFor(r => r.Image)
            .NotEmpty()
            .When(r =>
                r.BundleId is null && r.Product != ProductKind.Namespace && (r.Variants.Count == 0 || r.Variants.Any(v => v?.Image is null))
            )
            .WithMessage("An image is missing.")
            .WithFix("Name a container image, or choose a bundle.");
        RuleFor(r => r.Image)
            .Matches(@"^[\w][\w.\-/:@]{0,254}$")
            .When(r => !string.IsNullOrEmpty(r.Image))
            .WithMessage("This is not a container image reference.")
            .WithFix("Use a reference such as team/model:1.2.");
        RuleFor(r => r.Replicas)
            .InclusiveBetween(1, MaxReplicas)
            .WithMessage($"Replicas must be between 1 and {MaxReplicas:N0}.")
            .WithFix("Change the number of replicas.");
        RuleFor(r => r.CardsPerReplica)
            .InclusiveBetween(0, 64)
            .WithMessage("Cards per replica must be between 0 and 64.")
            .WithFix("Spread the work over more replicas.");
        RuleFor(r => r.ComputeMilli)
            .InclusiveBetween(1, 1000)
            .WithMessage("The share of a card must be between 1 and 1000 thousandths.")
            .WithFix("Use 1000 for whole cards.");
        RuleFor(r => r.ComputeMilli)
            .Equal(1000)
            .When(r => r.CardsPerReplica > 1)
            .WithMessage("Several cards per replica are always whole cards.")
            .WithFix("Use one card per replica for a share, or 1000 thousandths.");
        RuleFor(r => r.MemoryMibPerCard)
            .InclusiveBetween(0, 4 * 1024 * 1024)
            .WithMessage("Memory per card must be between 0 and 4,194,304 MiB.")
            .WithFix("Change the memory.");
        RuleFor(r => r.CpuMilli)
            .InclusiveBetween(1, 1_024_000)
            .WithMessage("CPU must be between 1 and 1,024,000 thousandths of a core.")
            .WithFix("Change the CPU.");
        RuleFor(r => r.HostMemoryMib)
            .InclusiveBetween(16, 16 * 1024 * 1024)
            .WithMessage("Memory must be between 16 and 16,777,216 MiB.")
            .WithFix("Change the memory.");
        RuleFor(r => r.Port)
            .InclusiveBetween(1, 65535)
            .When(r => r.Port is not null)
            .WithMessage("The port must be between 1 and 65535.")
            .WithFix("Use the port your container listens on.");
        RuleFor(r => r.Port)
            .NotNull()
            .When(r => r.Product == ProductKind.Endpoint && r.BundleId is null)
            .WithMessage("An endpoint needs the port its container listens on.")
            .WithFix("Set the port, for example 8000.");
        RuleFor(r => r.Hours)
            .GreaterThan(0)
            .WithMessage("The length must be above 0 hours.")
            .WithFix("Say for how many hours you buy.")
            .LessThanOrEqualTo(MaxHours)
            .WithMessage($"The length can be at most {MaxHours:N0} hours.")
            .WithFix("Buy a shorter time and extend it later.");
        RuleFor(r => r.Currency)
            .Must(c => c is null || Currency.TryParse(c) is not null)
            .WithMessage("This currency is not traded here.")
            .WithFix("Use CNY, USD or EUR.");
        RuleFor(r => r.MaxPricePerCardHour)
            .GreaterThan(0)
            .When(r => r.MaxPricePerCardHour is not null)
            .WithMessage("The highest price must be above 0.")
            .WithFix("Raise or remove it.");
        RuleFor(r => r.MaxTotal)
            .GreaterThan(0)
            .When(r => r.MaxTotal is not null)
            .WithMessage("The budget must be above 0.")
            .WithFix("Raise or remove it.");
        RuleFor(r => r.Variants).Must(v => v.Count <= 32).WithMessage("At most 32 variants.").WithFix("Send fewer variants.");
        RuleForEach(r => r.Command).NotNull().WithMessage("This part of the command is empty.").WithFix("Remove it.");
        RuleFor(r => r.Environment)
            .Must(e => e.All(v => v.Value is not null))
            .WithMessage("An environment variable has no value.")
            .WithFix("Give it a text, which may be empty, or remove it.");
        RuleForEach(r => r.Variants).NotNull().WithMessage("This variant is empty.").WithFix("Remove it, or name a chip.");
        RuleForEach(r => r.Variants)
            .ChildRules(v =>
                v.RuleFor(x => x.Throughput)
                    .Must(t => t is null || (double.IsFinite(t.Value) && t > 0))
                    .WithMessage("The throughput must be a positive number.")
                    .WithFix("Use units of work per second per card, or leave it out.")
            );
        RuleFor(r => r.SimulatedRunSeconds)
            .InclusiveBetween(1, 30 * 24 * 3600)
            .When(r => r.SimulatedRunSeconds is not null)
            .WithMessage("The simulated run must be between 1 second and 30 days.")
            .WithFix("Change or remove it.");
    }
}
