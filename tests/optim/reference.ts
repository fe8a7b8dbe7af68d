/** Every elementwise optimizer written out plainly in f64, for one number: (weight, gradient, state, step) → weight. */

type Step = (w: number, g: number, s: Record<string, number>, t: number) => number

const mean = (old: number, next: number, beta: number): number => beta * old + (1 - beta) * next

export const reference: Readonly<Record<string, (o: Record<string, number>) => Step>> = {
  sgd:
    ({ lr, weightDecay = 0 }) =>
    (w, g) =>
      w - lr! * (g + weightDecay * w),
  momentum:
    ({ lr, momentum, dampening = 0, weightDecay = 0 }) =>
    (w, g, s, t) => {
      const d = g + weightDecay * w
      s.b = t === 1 ? d : momentum! * s.b! + (1 - dampening) * d
      return w - lr! * s.b
    },
  nesterov:
    ({ lr, momentum }) =>
    (w, g, s, t) => {
      s.b = t === 1 ? g : momentum! * s.b! + g
      return w - lr! * (g + momentum! * s.b)
    },
  adam:
    ({ lr, beta1, beta2, eps, weightDecay = 0 }) =>
    (w, g, s, t) => {
      const d = g + weightDecay * w
      s.m = mean(s.m!, d, beta1!)
      s.v = mean(s.v!, d * d, beta2!)
      return w - (lr! * (s.m / (1 - beta1! ** t))) / (Math.sqrt(s.v / (1 - beta2! ** t)) + eps!)
    },
  amsgrad:
    ({ lr, beta1, beta2, eps }) =>
    (w, g, s, t) => {
      s.m = mean(s.m!, g, beta1!)
      s.v = mean(s.v!, g * g, beta2!)
      s.top = Math.max(s.top!, s.v)
      return w - (lr! * (s.m / (1 - beta1! ** t))) / (Math.sqrt(s.top / (1 - beta2! ** t)) + eps!)
    },
  adamW:
    ({ weightDecay, ...o }) =>
    (w, g, s, t) =>
      reference.adam!(o)(w, g, s, t) - o.lr! * weightDecay! * w,
  adamax:
    ({ lr, beta1, beta2, eps }) =>
    (w, g, s, t) => {
      s.m = mean(s.m!, g, beta1!)
      s.u = Math.max(beta2! * s.u!, Math.abs(g) + eps!)
      return w - (lr! / (1 - beta1! ** t)) * (s.m / s.u)
    },
  nadam:
    ({ lr, beta1, beta2, eps, momentumDecay }) =>
    (w, g, s, t) => {
      const mu = (k: number) => beta1! * (1 - 0.5 * 0.96 ** (k * momentumDecay!))
      let product = 1
      for (let k = 1; k <= t; k++) product *= mu(k)
      s.m = mean(s.m!, g, beta1!)
      s.v = mean(s.v!, g * g, beta2!)
      const size = Math.sqrt(s.v / (1 - beta2! ** t)) + eps!
      return w - (lr! * (((1 - mu(t)) / (1 - product)) * g + (mu(t + 1) / (1 - product * mu(t + 1))) * s.m)) / size
    },
  radam:
    ({ lr, beta1, beta2, eps }) =>
    (w, g, s, t) => {
      s.m = mean(s.m!, g, beta1!)
      s.v = mean(s.v!, g * g, beta2!)
      const most = 2 / (1 - beta2!) - 1
      const rho = most - (2 * t * beta2! ** t) / (1 - beta2! ** t)
      const m = s.m / (1 - beta1! ** t)
      if (rho <= 5) return w - lr! * m
      const r = Math.sqrt(((rho - 4) * (rho - 2) * most) / ((most - 4) * (most - 2) * rho))
      return w - (lr! * r * m * Math.sqrt(1 - beta2! ** t)) / (Math.sqrt(s.v) + eps!)
    },
  rmsprop:
    ({ lr, alpha, eps }) =>
    (w, g, s) => {
      s.v = mean(s.v!, g * g, alpha!)
      return w - (lr! * g) / (Math.sqrt(s.v) + eps!)
    },
  rmspropAll:
    ({ lr, alpha, eps, momentum }) =>
    (w, g, s) => {
      s.v = mean(s.v!, g * g, alpha!)
      s.a = mean(s.a!, g, alpha!)
      s.b = momentum! * s.b! + g / (Math.sqrt(Math.max(0, s.v - s.a * s.a)) + eps!)
      return w - lr! * s.b
    },
  adagrad:
    ({ lr, lrDecay, eps }) =>
    (w, g, s, t) => {
      s.s = s.s! + g * g
      return w - ((lr! / (1 + (t - 1) * lrDecay!)) * g) / (Math.sqrt(s.s) + eps!)
    },
  adadelta:
    ({ lr, rho, eps }) =>
    (w, g, s) => {
      s.s = mean(s.s!, g * g, rho!)
      const move = (Math.sqrt(s.u! + eps!) / Math.sqrt(s.s + eps!)) * g
      s.u = mean(s.u!, move * move, rho!)
      return w - lr! * move
    },
  lion:
    ({ lr, beta1, beta2, weightDecay }) =>
    (w, g, s) => {
      const next = w - lr! * (Math.sign(mean(s.m!, g, beta1!)) + weightDecay! * w)
      s.m = mean(s.m!, g, beta2!)
      return next
    },
}
