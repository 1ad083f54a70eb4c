// Polygons in a picture: corners are [x, y] as shares of its width and height. The same rules as in aisle.core.polygon.

const turn = ([ax, ay], [bx, by], [cx, cy]) => (bx - ax) * (cy - ay) - (by - ay) * (cx - ax);

const between = ([px, py], [ax, ay], [bx, by]) => Math.min(ax, bx) <= px && px <= Math.max(ax, bx) && Math.min(ay, by) <= py && py <= Math.max(ay, by);

function meet([a, b], [c, d]) {
  const turns = [turn(a, b, c), turn(a, b, d), turn(c, d, a), turn(c, d, b)];
  if (turns[0] * turns[1] < 0 && turns[2] * turns[3] < 0) return true;
  const ends = [[c, a, b], [d, a, b], [a, c, d], [b, c, d]];
  return turns.some((each, at) => each === 0 && between(...ends[at]));
}

/** Whether the side b to c runs back over a to b, with which it shares a corner. */
const runsBack = (a, b, c) => turn(a, b, c) === 0 && (b[0] - a[0]) * (c[0] - b[0]) + (b[1] - a[1]) * (c[1] - b[1]) <= 0;

/** Whether sides of an open line, or of a closed polygon, cross or touch. */
export function crosses(corners, closed) {
  const count = closed ? corners.length : corners.length - 1;
  const side = (at) => [corners[at], corners[(at + 1) % corners.length]];
  for (let one = 0; one < count; one++) {
    for (let other = one + 1; other < count; other++) {
      const follows = other === one + 1;
      const precedes = closed && one === 0 && other === count - 1;
      if (follows ? runsBack(side(one)[0], side(one)[1], side(other)[1]) : precedes ? runsBack(side(other)[0], side(other)[1], side(one)[1]) : meet(side(one), side(other))) return true;
    }
  }
  return false;
}

export function area(corners) {
  const twice = corners.reduce((sum, [x, y], at) => {
    const [nextX, nextY] = corners[(at + 1) % corners.length];
    return sum + x * nextY - nextX * y;
  }, 0);
  return Math.abs(twice) / 2;
}

/** Whether it can be a zone: three corners or more, some of the picture inside, and no side that crosses another. */
export const isZone = (corners) => corners.length >= 3 && area(corners) > 1e-6 && !crosses(corners, true);

/** Where a name is written: the middle of the corners. */
export const middle = (corners) => [0, 1].map((axis) => corners.reduce((sum, corner) => sum + corner[axis], 0) / corners.length);
